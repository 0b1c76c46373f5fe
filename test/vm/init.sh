#!/bin/sh
# Process 1 of the virtual machine: mounts what is shared with it, runs /out/guest.sh, and switches the machine off.
/bin/busybox --install -s /bin
export PATH=/bin:/usr/local/bin:/usr/bin:/usr/sbin:/sbin HOME=/tmp TERM=dumb
. /environment
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
mkdir -p /dev/shm /dev/pts
mount -t tmpfs tmp /tmp
mount -t tmpfs shm /dev/shm
ifconfig lo 127.0.0.1

# load NAME [PARAMETER=VALUE…]: a module after what it needs; those built in are passed over.
cat >/bin/load <<'END'
#!/bin/sh
name=$1
shift
while read -r module; do
  [ -z "$module" ] || [ -d "/sys/module/$module" ] && continue
  if [ "$module" = "$name" ]; then insmod "/mods/$module.ko" "$@"; else insmod "/mods/$module.ko"; fi || exit 1
done <"/mods/$name.order"
END
chmod 755 /bin/load

for module in virtio_pci 9pnet_virtio 9p; do load $module; done
# tag:folder, one for each shared folder; "out" alone can be written.
for share in $VM_SHARES; do
  folder=${share#*:}
  mkdir -p "$folder"
  mount -t 9p -o "ro,trans=virtio,version=9p2000.L,msize=512000,cache=loose" "${share%%:*}" "$folder" ||
    echo "vm: cannot mount $folder"
done
mount -t 9p -o rw,trans=virtio,version=9p2000.L,msize=512000,cache=none out /out || echo 'vm: cannot mount /out'
for folder in lib lib64; do [ -d /usr/$folder ] && ln -sfn usr/$folder /$folder; done
echo "root:x:0:0::/tmp:/bin/sh" >/etc/passwd

echo "vm: up after $(cut -d' ' -f1 /proc/uptime) s"
sh /out/guest.sh
echo $? >/out/status
sync
echo "vm: done after $(cut -d' ' -f1 /proc/uptime) s"
poweroff -f
