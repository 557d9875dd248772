#!/bin/sh
# OpenLDAP's server for the tests of directories: the machine's own, else Debian's where we are root.
PATH=$PATH:/usr/sbin:/usr/libexec
command -v slapd >/dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing slapd from Debian's packages"
  log=$(mktemp)
  # Debian would start it for itself; it is wanted for the tests alone.
  if { apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends slapd ldap-utils; } >"$log" 2>&1; then
    rm -f "$log"
    exit 0
  fi
  tail -n 3 "$log"
  rm -f "$log"
fi
echo "No slapd here: the tests of LDAP will be skipped. Install the package slapd to run them."
exit 0
