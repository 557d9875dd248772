"""The pixel repository: arrays out of files and derived levels; knows no database."""
