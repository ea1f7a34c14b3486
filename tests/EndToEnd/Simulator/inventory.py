"""Reads the example estate as an inventory tool does and checks the classes that pyVmomi makes of it."""
from pyVmomi import vim, vmodl
from simulator_client import check, expect, find, login, retrieve, view

expect(vim.fault.InvalidLogin, lambda: login('wrong'), 'a wrong password')
si = login()
content = si.RetrieveContent()
check(content.about.apiType == 'VirtualCenter', 'apiType VirtualCenter')
check(content.sessionManager.currentSession.userName, 'a current session')
check(content.sessionManager.SessionIsActive(content.sessionManager.currentSession.key, content.sessionManager.currentSession.userName), 'an active session')

vms = view(si, vim.VirtualMachine).view
devices = {vm.name: vm.config.hardware.device for vm in vms}
check(len(vms) == 21, '21 VMs, found %d' % len(vms))


def has(vm, cls):
    return [d for d in devices[vm] if isinstance(d, cls)]


D = vim.vm.device
disk = has('web01', D.VirtualDisk)[0]
check(isinstance(disk.backing, D.VirtualDisk.FlatVer2BackingInfo), 'FlatVer2 backing')
check(disk.backing.fileName == '[iser-ds1] web01/web01.vmdk', 'file name ' + disk.backing.fileName)
check(disk.backing.datastore.name == 'iser-ds1' and disk.capacityInBytes == 64 << 20 and disk.key == 2000, 'web01 disk')
check(disk.backing.uuid.startswith('6000C29') and len(disk.backing.uuid) == 36, 'disk uuid ' + disk.backing.uuid)
check(disk.backing.changeId and disk.backing.parent is None, 'changeId and no parent')
check(has('web01', D.ParaVirtualSCSIController)[0].key == disk.controllerKey, 'the disk hangs on its controller')
check(has('db01', D.VirtualNVMEController) and has('db01', D.VirtualDisk)[0].backing.backingObjectId, 'NVMe controller, vSAN object id')
check(has('old-hardware', D.VirtualLsiLogicController) and has('old-hardware', D.VirtualAHCIController) and has('old-hardware', D.VirtualIDEController), 'old controllers')
check(has('old-hardware', D.VirtualE1000) and has('old-hardware', D.VirtualE1000e), 'e1000 NICs')
check(has('old-hardware', D.VirtualCdrom) and has('old-hardware', D.VirtualFloppy) and has('old-hardware', D.VirtualSerialPort) and has('old-hardware', D.VirtualParallelPort), 'ports and drives')
rdm = [d.backing for d in has('has-rdm-physical', D.VirtualDisk) if isinstance(d.backing, D.VirtualDisk.RawDiskMappingVer1BackingInfo)]
check(len(rdm) == 1 and rdm[0].compatibilityMode == 'physicalMode', 'physical RDM')
check(any(c.sharedBus == 'physicalSharing' for c in has('has-rdm-physical', D.VirtualSCSIController)), 'shared bus')
check(has('multi-writer', D.VirtualDisk)[0].backing.sharing == 'sharingMultiWriter', 'multi-writer')
chain, b = [], has('snapshots', D.VirtualDisk)[0].backing
while b:
    chain.append(b.fileName)
    b = b.parent
check(chain == ['[iser-ds1] snapshots/snapshots-000002.vmdk', '[iser-ds1] snapshots/snapshots-000001.vmdk', '[iser-ds1] snapshots/snapshots.vmdk'], 'chain %s' % chain)
check(isinstance(has('snapshots', D.VirtualDisk)[1].backing, D.VirtualDisk.SeSparseBackingInfo), 'SeSparse backing')
check(has('vtpm', D.VirtualTPM), 'vTPM')
check(find(si, vim.VirtualMachine, 'encrypted').config.keyId.keyId == 'f3c1a0de-key', 'key id')
check(isinstance(find(si, vim.VirtualMachine, 'fault-tolerant').config.ftInfo, vim.vm.FaultTolerancePrimaryConfigInfo), 'fault tolerance')
check(len(has('passthrough', D.VirtualPCIPassthrough)) == 2, 'passthrough and vGPU')
check(has('sriov-usb', D.VirtualSriovEthernetCard) and has('sriov-usb', D.VirtualUSB), 'SR-IOV and USB')
check(isinstance(has('sriov-usb', D.VirtualEthernetCard)[0].backing, D.VirtualEthernetCard.DistributedVirtualPortBackingInfo), 'distributed port')
states = {vm.name: (vm.runtime.powerState, vm.runtime.connectionState) for vm in vms}
check(states['suspended'][0] == 'suspended' and states['orphan'][1] == 'orphaned' and states['on-lost-datastore'][1] == 'inaccessible', 'states')
check(len(find(si, vim.VirtualMachine, 'snapshots').snapshot.rootSnapshotList[0].childSnapshotList) == 1, 'snapshot tree')

host = find(si, vim.HostSystem, 'esx01.example')
storage = host.config.storageDevice
iser = [h for h in storage.hostBusAdapter if isinstance(h, vim.host.InternetScsiHba) and h.driver == 'iser']
check(len(iser) == 2 and not iser[0].isSoftwareBased and 'iSER' in iser[0].model, 'two iSER adapters')
check([h for h in storage.hostBusAdapter if isinstance(h, vim.host.InternetScsiHba) and h.isSoftwareBased], 'software iSCSI')
check([h for h in storage.hostBusAdapter if isinstance(h, vim.host.BlockHba)], 'local adapter')
datastore = find(si, vim.Datastore, 'iser-ds1')
check(isinstance(datastore.info, vim.host.VmfsDatastoreInfo), 'VMFS info')
lun = [l for l in storage.scsiLun if l.canonicalName == datastore.info.vmfs.extent[0].diskName]
check(len(lun) == 1 and lun[0].vendor.strip() == 'QNAP' and isinstance(lun[0], vim.host.ScsiDisk), 'LUN of the datastore')
paths = [p for m in storage.multipathInfo.lun if m.lun == lun[0].key for p in m.path]
check(len(paths) == 2 and {p.adapter for p in paths} == {h.key for h in iser}, 'paths through both iSER adapters')
check(isinstance(paths[0].transport, vim.host.InternetScsiTargetTransport), 'iSCSI transport')
check(find(si, vim.Datastore, 'vsan-ds').summary.type == 'vsan' and not find(si, vim.Datastore, 'lost-ds').summary.accessible, 'datastore summaries')
cluster = find(si, vim.ClusterComputeResource, 'Production')
check(cluster.configurationEx.drsConfig.enabled and cluster.configurationEx.vsanConfigInfo.enabled, 'cluster configuration')

container = view(si, vim.VirtualMachine)
objects, pages = retrieve(si, container, vim.VirtualMachine, ['name', 'config.hardware.device', 'guest.net', 'runtime.powerState'], page=4)
check(len(objects) == 21 and pages == 6, 'six pages of four, got %d' % pages)
check(all(isinstance(p['config.hardware.device'], list) and p['runtime.powerState'] in ('poweredOn', 'poweredOff', 'suspended') for _, p in objects), 'nested paths')
expect(vmodl.query.InvalidProperty, lambda: retrieve(si, container, vim.VirtualMachine, ['config.nonsense']), 'a path that does not exist')
stale = vim.VirtualMachine('vm-999999', si._stub)
expect(vmodl.fault.ManagedObjectNotFound, lambda: stale.name, 'a VM that does not exist')
container.Destroy()
expect(vmodl.fault.ManagedObjectNotFound, lambda: container.view, 'a destroyed view')


# Every property of every object must parse, all the way down.
def walk(value, depth=0):
    count = 1
    if isinstance(value, list):
        count += sum(walk(v, depth + 1) for v in value)
    elif isinstance(value, vmodl.DynamicData):
        count += sum(walk(getattr(value, p.name), depth + 1) for p in value._GetPropertyList())
    return count


total = 0
for cls in (vim.VirtualMachine, vim.HostSystem, vim.Datastore, vim.Network, vim.dvs.DistributedVirtualPortgroup, vim.DistributedVirtualSwitch,
            vim.ClusterComputeResource, vim.ResourcePool, vim.Folder, vim.Datacenter):
    objects, _ = retrieve(si, view(si, cls), cls, [])
    check(objects, 'objects of ' + cls.__name__)
    for _, properties in objects:
        check('name' in properties and 'parent' in properties, 'name and parent of ' + cls.__name__)
        total += sum(walk(v) for v in properties.values())
check(total > 20000, 'only %d values' % total)

content.sessionManager.Logout()
expect(vim.fault.NotAuthenticated, lambda: view(si, vim.VirtualMachine), 'a call after logout')
print('read %d VMs, %d values' % (len(vms), total))
