"""Snapshots as a tree: branches, going back, removal in the middle and with children; moving and extending a VM; what resets change tracking."""
import ssl
import urllib.parse
import urllib.request

from pyVim.task import WaitForTask
from pyVmomi import vim, vmodl
from simulator_client import HOST, PORT, check, expect, find, login

context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE


def control(action, **query):
    request = urllib.request.Request('https://%s:%d/control/%s?%s' % (HOST, PORT, action, urllib.parse.urlencode(query)), method='POST')
    urllib.request.urlopen(request, context=context).close()


def disk_of(config):
    return [d for d in config.hardware.device if isinstance(d, vim.vm.device.VirtualDisk)][0]


def epoch(config):
    return disk_of(config).backing.changeId.split('/')[0]


def take(name):
    WaitForTask(vm.CreateSnapshot(name, '', False, False), si=si)
    return vm.snapshot.currentSnapshot


def tree(nodes):
    return {n.name: tree(n.childSnapshotList) for n in nodes}


def extend():
    disk = disk_of(vm.config)
    disk.capacityInBytes += 1 << 20
    disk.capacityInKB += 1 << 10
    change = vim.vm.device.VirtualDeviceSpec(operation='edit', device=disk)
    WaitForTask(vm.ReconfigVM_Task(vim.vm.ConfigSpec(deviceChange=[change])), si=si)


si = login()
vm = find(si, vim.VirtualMachine, 'tracked')
first_epoch = epoch(vm.config)

base = take('base')
left = take('left')
check(tree(vm.snapshot.rootSnapshotList) == {'base': {'left': {}}}, 'a chain')
control('guest-write', vm='tracked', disk=0, offset=0, bytes=4096, seed=5)
WaitForTask(base.RevertToSnapshot_Task(), si=si)
check(vm.snapshot.currentSnapshot == base and vm.runtime.powerState == 'poweredOff', 'back to a snapshot without memory: off')
check(epoch(vm.config) != first_epoch, 'going back starts tracking anew')
WaitForTask(vm.PowerOn(), si=si)
right = take('right')
right_child = take('right child')
check(tree(vm.snapshot.rootSnapshotList) == {'base': {'left': {}, 'right': {'right child': {}}}}, 'two branches')
check([s._moId for s in base.childSnapshot] == [left._moId, right._moId], 'children of the base')
expect(vim.fault.FileFault, lambda: vm.QueryChangedDiskAreas(right, disk_of(vm.config).key, 0, disk_of(base.config).backing.changeId), 'a change id from before going back')

WaitForTask(right.RemoveSnapshot_Task(False), si=si)
check(tree(vm.snapshot.rootSnapshotList) == {'base': {'left': {}, 'right child': {}}}, 'removed in the middle: its child hangs one higher')
WaitForTask(base.RemoveSnapshot_Task(False), si=si)
check(tree(vm.snapshot.rootSnapshotList) == {'left': {}, 'right child': {}}, 'two roots')
check(len(vm.rootSnapshot) == 2 and disk_of(vm.config).backing.parent, 'both branches stand on the same file')
WaitForTask(left.RemoveSnapshot_Task(True), si=si)
WaitForTask(vm.RevertToCurrentSnapshot_Task(), si=si)
check(vm.snapshot.currentSnapshot == right_child, 'back to the current one')
expect(vmodl.fault.InvalidArgument, extend, 'no extension beside a snapshot')
WaitForTask(vm.RemoveAllSnapshots_Task(False), si=si)
check(vm.snapshot is None and vm.runtime.consolidationNeeded, 'removed without merging')
WaitForTask(vm.ConsolidateVMDisks_Task(), si=si)
check(not vm.runtime.consolidationNeeded and not disk_of(vm.config).backing.parent, 'merged')

before = disk_of(vm.config).capacityInBytes, epoch(vm.config)
extend()
check((disk_of(vm.config).capacityInBytes, epoch(vm.config)) > before and epoch(vm.config) != before[1], 'larger, and tracked anew')

host = [h for h in vm.runtime.host.parent.host if h != vm.runtime.host][0]
kept = epoch(vm.config)
WaitForTask(vm.RelocateVM_Task(vim.vm.RelocateSpec(host=host)), si=si)
check(vm.runtime.host == host and epoch(vm.config) == kept, 'vMotion keeps tracking')
other = find(si, vim.Datastore, 'ds2')
WaitForTask(vm.RelocateVM_Task(vim.vm.RelocateSpec(datastore=other)), si=si)
check(disk_of(vm.config).backing.fileName.startswith('[ds2] ') and epoch(vm.config) != kept, 'storage vMotion does not')

slow = vm.CreateSnapshot('slow', '', False, False)
expect(vim.fault.TaskInProgress, lambda: vm.CreateSnapshot('second', '', False, False), 'one task at a time')
check(slow in vm.recentTask, 'which is named')
WaitForTask(slow, si=si)
control('skew-clock', seconds=-3600)
check((si.CurrentTime() - vm.snapshot.rootSnapshotList[0].createTime).total_seconds() < -3000, 'a clock that goes wrong')
print('the tree holds')
