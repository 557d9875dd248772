"""OME-XML 2016-06: which element and attribute is which table and column, and rows from XML."""
