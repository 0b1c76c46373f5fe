#!/bin/sh
# What the virtual machine does: makes its devices, runs iotest on them, and leaves what came out in /out, by name:
# NAME.stdout, NAME.stderr, NAME.status. Nothing is judged here.
cd /tmp || exit 1

load nvme poll_queues=2
# Polled, a null_blk request is complete when somebody looks; else its timer completes it, after 50 ms.
load mq_deadline 2>/dev/null
load null_blk queue_mode=2 nr_devices=1 submit_queues=2 poll_queues=2 irqmode=2 completion_nsec=50000000 gb=1
load virtio_blk poll_queues=2
load sd_mod
# Here the delay of 20 ms holds for polled requests too.
load scsi_debug dev_size_mb=64 submit_queues=2 poll_queues=1 ndelay=20000000 max_luns=2

# And one without poll queues.
mkdir -p /sys/kernel/config
mount -t configfs configfs /sys/kernel/config
mkdir /sys/kernel/config/nullb/nullb9 && cd /sys/kernel/config/nullb/nullb9 && {
  echo 2 >queue_mode
  echo 0 >poll_queues
  echo 64 >size
  echo 1 >memory_backed
  echo 1 >power
}
cd /tmp || exit 1

# Which of the NVMe controllers comes first is left to chance; their serial numbers are ours.
tries=0
while [ $tries -lt 100 ] && ! { [ -b /dev/nvme0n1 ] && [ -b /dev/nvme1n1 ] && [ -b /dev/nvme2n1 ] && [ -b /dev/sdb ] && [ -b /dev/vda ]; }; do
  sleep 0.1
  tries=$((tries + 1))
done
for controller in /sys/class/nvme/nvme*; do
  name=${controller##*/}
  serial=$(tr -d ' ' <"$controller/serial")
  ln -s "${name}n1" "/dev/$serial"
  ln -s "ng${name#nvme}n1" "/dev/ng-$serial"
  echo "$serial $name" >>/out/names
done
{
  uname -r
  for disk in $(cat /out/names | sed 's/.* \(.*\)/\1n1/') nullb0 nullb9 vda sda; do
    queue=/sys/block/$disk/queue
    echo "$disk io_poll=$(cat $queue/io_poll) nr_requests=$(cat $queue/nr_requests)"
  done
} >/out/devices

# measure NAME SECONDS COMMAND…: ends it when for so long it has neither used a CPU nor moved a byte. How long all of it
# takes is the host's affair, which may be busy.
measure() {
  name=$1 seconds=$2
  shift 2
  begin=$(cut -d. -f1 /proc/uptime)
  "$@" >"/out/$name.stdout" 2>"/out/$name.stderr" &
  child=$!
  last='' still=0
  while kill -0 $child 2>/dev/null && [ $still -lt "$seconds" ]; do
    sleep 1
    now=$(cat /proc/$child/task/*/stat /proc/$child/io 2>/dev/null | cksum)
    if [ "$now" = "$last" ]; then still=$((still + 1)); else still=0; fi
    last=$now
  done
  [ $still -lt "$seconds" ] || kill -KILL $child
  wait $child
  echo $? >"/out/$name.status"
  echo "vm: $name took $(($(cut -d. -f1 /proc/uptime) - begin)) s"
}

# interrupt NAME SIGNAL: starts NAME.ini, whose exec_prerun leaves the process number in NAME.pid, and ends it when
# requests are in flight. NAME.status appears when all of the process is gone.
interrupt() {
  name=$1 signal=$2
  {
    "$NODE" "$IOTEST" run "/out/$name.ini" --no-save --allow-exec --format json -o "/out/$name.json" \
      >"/out/$name.stdout" 2>"/out/$name.stderr"
    echo $? >"/out/$name.status"
  } &
  tries=0
  while [ $tries -lt 600 ] && [ ! -s "/out/$name.pid" ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
  sleep 3
  cat /sys/block/*/inflight >"/out/$name.inflight"
  kill "-$signal" "$(cat "/out/$name.pid")"
  begin=$(cut -d. -f1 /proc/uptime)
  tries=0
  while [ $tries -lt 400 ] && [ ! -s "/out/$name.status" ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
  echo "vm: $name ended $(($(cut -d. -f1 /proc/uptime) - begin)) s after SIG$signal"
}

# rate TRIES IOPS: measures the throttled drive in rate-1, rate-2, … until a try comes within 2 % of what it is throttled
# to, and so does depth from rate and latency.
rate() {
  number=0
  while [ $number -lt "$1" ]; do
    number=$((number + 1))
    measure rate-$number 60 env IOTEST_BRIEF_WARM_UP=0 "$NODE" "$IOTEST" run /out/rate.ini --format json -o /out/rate-$number.json --no-save
    awk -v wanted="$2" '
      function far(value, from) { return value > from * 1.02 || value < from * 0.98 }
      /"iodepth" : "/ { gsub(/[^0-9]/, ""); depth = $0 }
      /"iops" : [0-9]/ && iops == "" { iops = $3 + 0 }
      /"lat_ns" : / { inside = 1 }
      inside && /"mean" : [0-9]/ { mean = $3 + 0; exit }
      END { exit far(iops, wanted) || far(mean / 1e9 * iops, depth) }
    ' /out/rate-$number.json && return
  done
}

# null_disk NUMBER ATTRIBUTE=VALUE…: one of 64 MiB, without poll queues.
null_disk() {
  folder=/sys/kernel/config/nullb/nullb$1
  mkdir "$folder"
  shift
  for word in queue_mode=2 poll_queues=0 size=64 "$@" power=1; do echo "${word#*=}" >"$folder/${word%%=*}"; done
}

# The devices of fault-cases.ts.
make_faults() {
  dmesg -n 1
  null_disk 6 irqmode=0
  # Each request takes 50 ms, so that some are in flight when it goes.
  null_disk 7
  null_disk 8 irqmode=0 badblocks=+1024-1047
  # Merged, eight blocks fail where one of them is bad.
  echo 2 >/sys/block/nullb8/queue/nomerges
  # From now on sectors 0x1234 to 0x123d of the SCSI disks cannot be read.
  echo 2 >/sys/bus/pseudo/drivers/scsi_debug/opts
  load dm_mod
  load dm_delay
  load dm_flakey
  export DM_DISABLE_UDEV=1
  printf '%s\n' '0 1024 linear /dev/nullb6 0' '1024 24 error' '1048 1000 linear /dev/nullb6 1048' |
    dmsetup create part --noudevsync
  dmsetup create slow --noudevsync --table '0 2048 delay /dev/nullb6 2048 50'
  # Up for 0 seconds, down for an hour.
  dmsetup create flaky --noudevsync --table '0 2048 flakey /dev/nullb6 4096 0 3600'
  dmsetup table
  ls -l /dev/mapper /dev/nullb* /dev/sd*
}

# The devices of crash-cases.ts: one that drops what it is given and says nothing, one that keeps it and logs it.
make_crash() {
  null_disk 5 irqmode=0 memory_backed=1
  null_disk 4 irqmode=0 memory_backed=1
  null_disk 3 irqmode=0 memory_backed=1
  load dm_mod
  load dm_flakey
  load dm_log_writes
  export DM_DISABLE_UDEV=1
  dmsetup create lost --noudevsync --table '0 16384 flakey /dev/nullb5 0 0 3600 1 drop_writes'
  dmsetup create logged --noudevsync --table '0 16384 log-writes /dev/nullb3 /dev/nullb4'
  dmsetup table
}

# as_logged OFFSET: the name of the device that was logged leads from now on to one that holds a part of its log.
as_logged() {
  dmsetup info logged >/dev/null 2>&1 && dmsetup remove --noudevsync logged
  dmsetup create logged --noudevsync --table "0 16384 linear /dev/nullb5 $1"
}

# remove_devices COUNT: takes the devices away when that many jobs have begun.
remove_devices() {
  while [ ! -e /out/removed.status ] && [ "$(find /tmp -name 'begun-*' -size +0 | wc -l)" -lt "$1" ]; do sleep 0.2; done
  echo 0 >/sys/kernel/config/nullb/nullb7/power
  echo 1 >/sys/block/sdb/device/delete
}

. /out/steps.sh
exit 0
