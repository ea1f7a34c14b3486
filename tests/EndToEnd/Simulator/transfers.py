"""Power operations, tasks, performance samples, datastore files and exports, as pyVmomi and plain HTTPS see them."""
import base64
import os
import ssl
import subprocess
import time
import urllib.error
import urllib.request

from pyVim.task import WaitForTask
from pyVmomi import vim, vmodl
from simulator_client import HOST, PASSWORD, PORT, USER, check, expect, find, login, view

RAW, WORK = os.environ['SIM_RAW'], os.environ['SIM_WORK']
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
basic = 'Basic ' + base64.b64encode(('%s:%s' % (USER, PASSWORD)).encode()).decode()


def get(path, method='GET', **headers):
    request = urllib.request.Request('https://%s:%d%s' % (HOST, PORT, path), method=method, headers={k.replace('_', '-'): v for k, v in headers.items()})
    try:
        answer = urllib.request.urlopen(request, context=context)
        return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as e:
        return e.code, e.headers, e.read()


si = login()
raw = open(RAW, 'rb').read()
vm = find(si, vim.VirtualMachine, 'web01')
vsan = find(si, vim.VirtualMachine, 'db01')

# Performance: the µs counter by name, shaped as the estate says, -1 where there is no sample.
perf = si.RetrieveContent().perfManager
counters = {'%s.%s.%s' % (c.groupInfo.key, c.nameInfo.key, c.rollupType): c for c in perf.perfCounter}
write_us = counters['virtualDisk.writeLatencyUS.latest']
check(write_us.unitInfo.key == 'microsecond' and write_us.level == 4, 'µs write latency at level 4')
check(perf.QueryPerfProviderSummary(vm).refreshRate == 20, 'realtime each 20 s')
check(('scsi0:0', write_us.key) in [(m.instance, m.counterId) for m in perf.QueryAvailablePerfMetric(vm, intervalId=20)], 'available metrics')
metric = vim.PerformanceManager.MetricId(counterId=write_us.key, instance='*')
spec = vim.PerformanceManager.QuerySpec(entity=vm, metricId=[metric], intervalId=20, maxSample=180)
result = perf.QueryPerf([spec])[0]
check(isinstance(result, vim.PerformanceManager.EntityMetric) and len(result.sampleInfo) == 180, '180 samples')
values = result.value[0].value
known = [v for v in values if v >= 0]
check(len(values) == 180 and -1 in values and 150 < sum(known) / len(known) < 250, 'samples near 200 µs with gaps: %s' % values[:10])
spec.format = 'csv'
csv = perf.QueryPerf([spec])[0]
check(isinstance(csv, vim.PerformanceManager.EntityMetricCSV) and len(csv.value[0].value.split(',')) == 180, 'CSV samples')
check(csv.value[0].value.split(',')[5:] == [str(v) for v in values][5:] or len(csv.sampleInfoCSV.split(',')) == 360, 'the same samples as CSV')

# Power.
expect(vim.fault.InvalidPowerState, vm.ExportVm, 'export of a running VM')
expect(vim.fault.InvalidPowerState, vm.PowerOn, 'power on of a running VM')
WaitForTask(vm.PowerOff(), si=si)
check(vm.runtime.powerState == 'poweredOff', 'powered off')
check(not perf.QueryPerf([spec]), 'no samples of a VM that is off')
WaitForTask(vm.PowerOn(), si=si)
vm.ShutdownGuest()
collector = si.RetrieveContent().propertyCollector
pc = vmodl.query.PropertyCollector
waiting = collector.CreateFilter(pc.FilterSpec(objectSet=[pc.ObjectSpec(obj=vm)], propSet=[pc.PropertySpec(type=vim.VirtualMachine, pathSet=['runtime.powerState'])]), True)
version, power = '', None
while power != 'poweredOff':
    update = collector.WaitForUpdatesEx(version, pc.WaitOptions(maxWaitSeconds=30))
    check(update, 'an update of the power state within 30 s')
    version, power = update.version, update.filterSet[0].objectSet[0].changeSet[0].val
waiting.Destroy()
WaitForTask(vm.ReconfigVM_Task(vim.vm.ConfigSpec(changeTrackingEnabled=False)), si=si)
check(vm.config.changeTrackingEnabled is False, 'change tracking off')
WaitForTask(vm.CreateSnapshot('s1', '', False, False), si=si)
check(vm.config.hardware.device and vm.snapshot.currentSnapshot.config.changeTrackingEnabled is False, 'a snapshot with its configuration')
WaitForTask(vm.snapshot.currentSnapshot.RemoveSnapshot_Task(False), si=si)
check(vm.snapshot is None, 'the snapshot is gone')

# /folder.
flat = '/folder/web01/web01-flat.vmdk?dcPath=DC1&dsName=iser-ds1'
check(get(flat)[0] == 401, '401 without login')
check(get(flat, Authorization='Basic d3Jvbmc6d3Jvbmc=')[0] == 401, '401 with wrong credentials')
status, headers, body = get(flat, 'HEAD', Authorization=basic)
check(status == 200 and int(headers['Content-Length']) == len(raw) and headers['Accept-Ranges'] == 'bytes', 'HEAD')
cookie = {'Cookie': si._stub.cookie.split(';')[0]}
check(get(flat, **cookie)[2] == raw, 'the whole file with the session cookie')
status, headers, body = get(flat, Range='bytes=1048000-1049999', **cookie)
check(status == 206 and body == raw[1048000:1050000] and headers['Content-Range'] == 'bytes 1048000-1049999/%d' % len(raw), 'a range')
check(get(flat, Range='bytes=-512', **cookie)[2] == raw[-512:], 'a suffix range')
check(get(flat, Range='bytes=%d-' % len(raw), **cookie)[0] == 416, '416 beyond the end')
check(get('/folder/web01/none.vmdk?dcPath=DC1&dsName=iser-ds1', **cookie)[0] == 404, '404')
check(b'web01-flat.vmdk' in get('/folder/web01/web01.vmdk?dcPath=DC1&dsName=iser-ds1', **cookie)[2], 'the descriptor')
check(get('/folder/db01/db01-flat.vmdk?dcPath=DC1&dsName=vsan-ds', **cookie)[0] == 404, 'no flat extent on vSAN')
check(b'vsan://' in get('/folder/db01/db01.vmdk?dcPath=DC1&dsName=vsan-ds', **cookie)[2], 'the descriptor on vSAN')


# Export: QEMU must read the very same bytes from what the lease streams.
def export(machine):
    lease = machine.ExportVm()
    while lease.state == vim.HttpNfcLease.State.initializing:
        time.sleep(0.02)
    check(lease.state == vim.HttpNfcLease.State.ready, 'lease ready, is %s' % lease.state)
    return lease


lease = export(vsan)
check(lease.info.leaseTimeout > 0 and len(lease.info.deviceUrl) == 2, 'two device URLs')
url = lease.info.deviceUrl[0]
check(url.disk and url.targetId == 'disk-0.vmdk' and url.url.startswith('https://*'), 'device URL ' + url.url)
path = os.path.join(WORK, 'export.vmdk')
download = '/' + url.url.split('*')[1].split('/', 1)[1]
status, _, body = get(download)
check(status == 200, 'download %d' % status)
with open(path, 'wb') as f:
    f.write(body)
lease.HttpNfcLeaseProgress(50)
lease.HttpNfcLeaseComplete()
check(lease.state == vim.HttpNfcLease.State.done, 'lease done')
check(get(download)[0] == 404, 'no download after the lease')
print(subprocess.check_output(['qemu-img', 'check', '-f', 'vmdk', path], text=True))
subprocess.check_call(['qemu-img', 'compare', '-f', 'vmdk', '-F', 'raw', path, RAW])
info = subprocess.check_output(['qemu-img', 'info', '-f', 'vmdk', path], text=True)
check('streamOptimized' in info, info)
check(len(body) < len(raw) // 2, 'zero grains are left out: %d of %d bytes' % (len(body), len(raw)))

lease = export(vsan)
lease.HttpNfcLeaseAbort()
check(lease.state == vim.HttpNfcLease.State.error, 'aborted lease')
lease = export(vsan)
for _ in range(300):
    if lease.state != vim.HttpNfcLease.State.ready:
        break
    time.sleep(0.2)
check(lease.state == vim.HttpNfcLease.State.error, 'a lease without progress ends')

# Faults by the control endpoint.
check(get('/control/change-capacity?vm=web01&disk=0&bytes=1048576', 'POST')[0] == 204, 'change capacity')
check([d.capacityInBytes for d in vm.config.hardware.device if isinstance(d, vim.vm.device.VirtualDisk)] == [1 << 20], 'the new capacity')
check(get('/control/vanish-vm?vm=web01', 'POST')[0] == 204, 'vanish')
expect(vmodl.fault.ManagedObjectNotFound, lambda: vm.name, 'a VM that vanished')
check(get('/control/fail-http?times=1', 'POST')[0] == 204 and get('/')[0] == 503 and get('/')[0] == 200, 'one 503')
check(get('/control/expire-sessions', 'POST')[0] == 204, 'expire')
expect(vim.fault.NotAuthenticated, lambda: view(si, vim.VirtualMachine), 'an expired session')
check(get(flat, **cookie)[0] == 401, '401 after the session ended')
print('ok')
