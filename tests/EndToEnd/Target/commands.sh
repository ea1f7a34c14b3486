# Guest job: everything that nvme-cli can ask of a controller, a namespace and the discovery controller. Sets before: UUID DISCOVERY_PORT CONNECT.
# Optional commands are those that the target announces: what it announces must work.
connect $CONNECT
D=$(node $UUID) || fail "no namespace $UUID"
C=/dev/$(ls /sys/class/nvme | head -1)
I=$(nvme get-ns-id $D | sed "s/.*://")  # nvme-cli 2.3 does not ask for it everywhere
does() { nvme "$@" > /tmp/said 2>&1 || { cat /tmp/said; fail "nvme $*"; }; }
field() { sed -n "s/^$1 *: *//p" /tmp/ctrl; }
has() { [ $(( $(field $1) & (1 << $2) )) -ne 0 ]; }

echo "STEP identify"
nvme id-ctrl $C > /tmp/ctrl || fail "nvme id-ctrl"
cat /tmp/ctrl
does id-ctrl $C -H; does nvm-id-ctrl $C; does id-ns $D -H; does list-ns $C; does ns-descs $D; does get-ns-id $D
does cmdset-ind-id-ns $D -n $I; does nvm-id-ns $D; does id-iocs $C; does list; does list -v; does list-subsys; for at in 0x0 0x8 0x14 0x1c; do does get-property $C -o $at; done

echo "STEP log pages"
does error-log $C; does smart-log $C; does smart-log $D; does fw-log $C; does changed-ns-list-log $C; does effects-log $C -H
does supported-log-pages $C; cat /tmp/said
nvme get-log $C -i 0 -l 1024 -b > /tmp/pages || fail "nvme get-log 0"
id=0; pages=0
for word in $(od -An -v -tu4 -w4 /tmp/pages); do
  [ $((word & 1)) = 1 ] && { does get-log $C -i $id -l 4096; pages=$((pages+1)); }
  id=$((id+1))
done
echo "PAGES $pages"
[ $pages -ge 6 ] || fail "only $pages log pages"
if has cmic 3; then does ana-log $C; cat /tmp/said; fi

echo "STEP features"
features=
for f in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 22 127 128 129 130 131 132; do
  nvme get-feature $C -f $f -n $([ $f -ge 130 ] && echo 1 || echo 0) -H > /tmp/said 2>&1 && features="$features $f"
done
echo "FEATURES$features"
for f in 1 2 4 5 6 7 10 11 15; do case "$features " in *" $f "*) ;; *) fail "no feature $f";; esac; done
does get-feature $C -f 0x81 --cdw11=1 -l 16; grep -q "11 11 11 11 22 22" /tmp/said || { cat /tmp/said; fail "another host identifier"; }
for s in 0 1 2 3; do does get-feature $C -f 6 -s $s; done
does set-feature $C -f 6 -v 0; does set-feature $C -f 6 -v 1
does set-feature $C -f 4 -v 0x14d; nvme get-feature $C -f 4 | grep -qi 14d || fail "feature 4 was not kept"

echo "STEP commands"
head -c 8192 /dev/urandom > /tmp/data
bs=$(cat /sys/block/$(basename $D)/queue/logical_block_size); n=$((8192 / bs - 1))
does write $D -s 16 -c $n -z 8192 -d /tmp/data
does write $D -s 16 -c $n -z 8192 -d /tmp/data -f
does read $D -s 16 -c $n -z 8192 -d /tmp/back; cmp /tmp/data /tmp/back || fail "what was read is not what was written"
does flush $D; does write-zeroes $D -s 64 -c $n; does dsm $D -d -b 8 -s 128
if has oncs 0; then
  does compare $D -s 16 -c $n -z 8192 -d /tmp/data
  nvme compare $D -s 64 -c $n -z 8192 -d /tmp/data > /tmp/said 2>&1 && fail "nvme compare of other data"
  grep -qi 'compare' /tmp/said || { cat /tmp/said; fail "another error than Compare Failure"; }
fi
if has oncs 7; then does verify $D -s 16 -c $n; fi
if has oncs 8; then
  does copy $D -d 256 -s 16 -b $n
  does read $D -s 256 -c $n -z 8192 -d /tmp/back; cmp /tmp/data /tmp/back || fail "what was copied is not what was written"
fi
if has oncs 5; then
  does resv-report $D -e; does resv-register $D -r 0 -k 0x1234; does resv-acquire $D -c 0x1234 -t 1 -a 0
  does resv-report $D -e; cat /tmp/said; does read $D -s 16 -c $n -z 8192 -d /tmp/back
  does resv-release $D -c 0x1234 -t 1 -a 0; does resv-register $D -r 1 -k 0 -c 0x1234
fi
does ns-rescan $C; does reset $C
i=0; while [ "$(cat /sys/class/nvme/$(basename $C)/state)" != live ]; do i=$((i+1)); [ $i -lt 300 ] || fail "not live after the reset"; sleep 0.1; done
does read $D -s 16 -c $n -z 8192 -d /tmp/back; cmp /tmp/data /tmp/back || fail "data after the reset"
dmesg | grep -E 'nvme'

echo "STEP discovery"
for p in $PORT $DISCOVERY_PORT; do
  nvme discover -t tcp -a 10.0.2.2 -s $p > /tmp/said || fail "nvme discover at $p"
  grep -q "subnqn: *$NQN" /tmp/said || { cat /tmp/said; fail "the discovery log at $p does not name $NQN"; }
done
disconnect
nvme connect-all -t tcp -a 10.0.2.2 -s $DISCOVERY_PORT -p || fail "nvme connect-all -p"
D=$(node $UUID) || fail "no namespace $UUID after connect-all"
nvme list-subsys
grep -l nqn.2014-08.org.nvmexpress.discovery /sys/class/nvme/*/subsysnqn || fail "no persistent discovery controller"
for c in $(grep -l nqn.2014-08.org.nvmexpress.discovery /sys/class/nvme/*/subsysnqn); do
  c=/dev/$(basename $(dirname $c)); does id-ctrl $c; does get-log $c -i 0x70 -l 2048; does get-log $c -i 0 -l 1024; does get-feature $c -f 11; does get-feature $c -f 15; does error-log $c
done
dd if=$D of=/dev/null bs=64k count=16 iflag=direct 2> /dev/null || fail "reading after connect-all"
nvme disconnect-all || fail "nvme disconnect-all"
complaints 'resetting controller'
echo "ALL-GOOD"
