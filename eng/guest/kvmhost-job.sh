# Job of boot.sh that turns its guest into a KVM host: the disk of kvmhost.sh is /dev/vda, and payload has host (sshd's key) and authorized_keys.
# Prints KVMHOST-UP when sshd and libvirtd answer, and then stays.
modprobe ext4
mount -t ext4 /dev/vda /mnt || { echo "KVMHOST-FAILED no root"; exit 1; }
mkdir -p /mnt/lib/modules; mount --bind /lib/modules /mnt/lib/modules
for d in proc sys; do mount --bind /$d /mnt/$d; done
mount --rbind /dev /mnt/dev; mount -t tmpfs run /mnt/run; mount -t tmpfs tmp /mnt/tmp; mkdir -p /mnt/run/sshd /mnt/run/lock
mount -t cgroup2 c /sys/fs/cgroup 2>/dev/null
cp /payload/host /mnt/etc/ssh/host; chmod 600 /mnt/etc/ssh/host
cp /payload/authorized_keys /mnt/root/.ssh/authorized_keys; chmod 600 /mnt/root/.ssh/authorized_keys
echo kvmhost > /proc/sys/kernel/hostname
cat > /mnt/run/start <<'S'
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
/lib/systemd/systemd-udevd --daemon; SYSTEMD_IGNORE_CHROOT=1 udevadm trigger
/usr/sbin/sshd -E /run/sshd.log || cat /run/sshd.log
virtlogd -d; libvirtd -d
n=0; while [ $n -lt 600 ] && ! virsh -c qemu:///system version --daemon > /run/version 2>&1; do sleep 1; n=$((n+1)); done
cat /run/version
S
chroot /mnt /bin/bash /run/start
echo "KVMHOST-UP $(cut -d' ' -f1 /proc/uptime)"
while :; do sleep 3600; done
