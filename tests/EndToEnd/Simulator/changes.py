"""Change tracking as a backup tool uses it: enable, stun, freeze, ask for changed areas page by page, and read the frozen disk."""
import base64
import hashlib
import os
import ssl
import urllib.parse
import urllib.request

from pyVim.task import WaitForTask
from pyVmomi import vim, vmodl
from simulator_client import HOST, PASSWORD, PORT, USER, check, expect, find, login

context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
basic = 'Basic ' + base64.b64encode(('%s:%s' % (USER, PASSWORD)).encode()).decode()


def control(action, **query):
    request = urllib.request.Request('https://%s:%d/control/%s?%s' % (HOST, PORT, action, urllib.parse.urlencode(query)), method='POST')
    urllib.request.urlopen(request, context=context).close()


def flat(name):
    request = urllib.request.Request('https://%s:%d/folder/%s?dsName=iser-ds1' % (HOST, PORT, name), headers={'Authorization': basic})
    return urllib.request.urlopen(request, context=context).read()


def disk_of(config):
    return [d for d in config.hardware.device if isinstance(d, vim.vm.device.VirtualDisk)][0]


def areas(vm, snapshot, key, capacity, change_id):
    found, pages, empty, offset = [], 0, 0, 0
    while offset < capacity:
        page = vm.QueryChangedDiskAreas(snapshot, key, offset, change_id)
        check(page.startOffset == offset and page.length > 0, 'a page at %d that leads on' % offset)
        found += [(a.start, a.length) for a in page.changedArea]
        pages, empty = pages + 1, empty + (not page.changedArea)
        offset = page.startOffset + page.length
    return found, pages, empty


si = login()
vm = find(si, vim.VirtualMachine, 'tracked')
disk = disk_of(vm.config)
capacity = disk.capacityInBytes
check(not disk.backing.changeId, 'no change id before tracking is on')
check(vm.capability.changeTrackingSupported, 'tracking is possible')

# The flag alone does nothing: the first snapshot is the stun that puts it into effect.
WaitForTask(vm.ReconfigVM_Task(vim.vm.ConfigSpec(changeTrackingEnabled=True)), si=si)
check(vm.config.changeTrackingEnabled and not disk_of(vm.config).backing.changeId, 'flag without effect')
WaitForTask(vm.CreateSnapshot('stun', '', False, False), si=si)
stun = vm.snapshot.currentSnapshot
check(disk_of(stun.config).backing.changeId, 'a change id after the stun')
WaitForTask(stun.RemoveSnapshot_Task(False), si=si)
check(vm.snapshot is None and not vm.runtime.consolidationNeeded, 'no snapshot left')

WaitForTask(vm.CreateSnapshot('first', 'ours', False, True), si=si)
first = vm.snapshot.currentSnapshot
frozen = disk_of(first.config).backing
check(frozen.fileName == '[iser-ds1] tracked/tracked.vmdk' and disk_of(vm.config).backing.fileName != frozen.fileName, 'the snapshot names the frozen file')
check(vm.snapshot.rootSnapshotList[0].quiesced, 'quiesced')
before = hashlib.sha256(flat('tracked/tracked-flat.vmdk')).hexdigest()
control('guest-write', vm='tracked', disk=0, offset=capacity - 1024, bytes=1024, seed=7)
control('guest-burst', vm='tracked', disk=0, count=600, bytes=4096, seed=3)
check(hashlib.sha256(flat('tracked/tracked-flat.vmdk')).hexdigest() == before, 'frozen while the guest writes')

used, _, _ = areas(vm, first, disk.key, capacity, '*')
check(0 < sum(n for _, n in used) < capacity + 65536 and used[0][0] % 65536 == 0, 'allocated areas')
expect(vmodl.fault.InvalidArgument, lambda: vm.QueryChangedDiskAreas(first, disk.key, capacity, '*'), 'a question at the capacity')
expect(vmodl.fault.InvalidArgument, lambda: vm.QueryChangedDiskAreas(first, 9999, 0, '*'), 'a disk that is not there')
expect(vim.fault.FileFault, lambda: vm.QueryChangedDiskAreas(None, disk.key, 0, frozen.changeId), 'the present state of a running VM')
WaitForTask(first.RemoveSnapshot_Task(False), si=si)
check(hashlib.sha256(flat('tracked/tracked-flat.vmdk')).hexdigest() != before, 'merged into the base')

WaitForTask(vm.CreateSnapshot('second', 'ours', False, False), si=si)
second = vm.snapshot.currentSnapshot
new_id = disk_of(second.config).backing.changeId
check(new_id.split('/')[0] == frozen.changeId.split('/')[0] and new_id != frozen.changeId, 'the same epoch, another sequence')
changed, pages, empty = areas(vm, second, disk.key, capacity, frozen.changeId)
check(pages > 2 and empty > 0, '%d pages, %d of them empty' % (pages, empty))
check(changed[-1][0] + changed[-1][1] > capacity, 'tracking knows blocks only: the last area ends behind the disk')
check(all(a[0] + a[1] <= b[0] for a, b in zip(changed, changed[1:])), 'ascending')
check(areas(vm, second, disk.key, capacity, new_id)[0] == [], 'nothing since the snapshot itself')

control('reset-change-tracking', vm='tracked')
expect(vim.fault.FileFault, lambda: vm.QueryChangedDiskAreas(second, disk.key, 0, frozen.changeId), 'a change id from before a reset')

control('leave-consolidation')
WaitForTask(second.RemoveSnapshot_Task(False), si=si)
check(vm.snapshot is None and vm.runtime.consolidationNeeded and disk_of(vm.config).backing.parent, 'a delta left behind')
WaitForTask(vm.ConsolidateVMDisks_Task(), si=si)
check(not vm.runtime.consolidationNeeded and not disk_of(vm.config).backing.parent, 'consolidated')

control('fail-quiesce')
expect(vim.fault.ApplicationQuiesceFault, lambda: WaitForTask(vm.CreateSnapshot('third', '', False, True), si=si), 'a guest that does not hold still')
WaitForTask(vm.PowerOff(), si=si)
last = disk_of(vm.config).backing.changeId
check(areas(vm, None, disk.key, capacity, last)[0] == [], 'the present state of a VM that is off')
print('%d areas in %d pages, %d empty' % (len(changed), pages, empty))
