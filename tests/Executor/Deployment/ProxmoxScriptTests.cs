using Migrate.Executor.Deployment;

namespace Migrate.Executor.Tests.Deployment;

/// <summary>The script is run, with a qm that writes down what it is told.</summary>
public sealed class ProxmoxScriptTests : IDisposable
{
    private readonly ScriptRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task A_Linux_VM_with_BIOS()
    {
        var told = await CreateAsync("linux-bios");
        (told["name"], told["ostype"], told["machine"], told["bios"], told["cpu"], told["sockets"], told["cores"], told["memory"]).ShouldBe(("web01", "l26", "q35", "seabios", "host", "2", "1", "256"));
        told["scsihw"].ShouldBe("virtio-scsi-single");
        told["scsi0"].ShouldBe($"{_run.Disk},iothread=1,aio=io_uring,cache=none,discard=on,backup=0,werror=stop,rerror=stop,detect_zeroes=0,queues=2,ssd=1,"
            + "serial=6000c29a1b2c3d4e5f60718293a4b5c6,wwn=0x5000c29293a4b5c6,vendor=VMware,product=Virtual disk");
        told["net0"].ShouldBe("virtio=00:50:56:AA:BB:01,bridge=br0,queues=2");
        told["boot"].ShouldBe("order=scsi0");
        told.Keys.ShouldNotContain("efidisk0");
    }

    [Fact]
    public async Task A_Windows_VM_with_secure_boot_and_TPM()
    {
        var told = await CreateAsync("windows-11-tpm");
        (told["ostype"], told["bios"], told["efidisk0"], told["tpmstate0"]).ShouldBe(("win11", "ovmf", "fast:1,efitype=4m,pre-enrolled-keys=1", "fast:1,version=v2.0"));
    }

    [Fact]
    public async Task A_VM_with_cores_of_its_own_and_a_disconnected_NIC()
    {
        var told = await CreateAsync("database-efi");
        told["affinity"].Split(',').Length.ShouldBe(12);
        told["net1"].ShouldEndWith("link_down=1");
        told["balloon"].ShouldBe("0");
        told["boot"].ShouldBe("order=scsi0;scsi1;scsi2;scsi3;scsi4");
        told["name"].ShouldBe("db-main", "qm takes DNS names only");
    }

    [Fact]
    public async Task Limits_and_virtio_blk_are_kept()
    {
        (await CreateAsync("limited-iops"))["scsi0"].ShouldContain(",iops=500");
        var extreme = await CreateAsync("latency-extreme");
        extreme["virtio0"].ShouldContain("iothread=1,aio=io_uring");
        extreme["virtio0"].ShouldNotContain("queues=");
    }

    private async Task<Dictionary<string, string>> CreateAsync(string sample)
    {
        _run.Program("qm", $"#!/bin/bash\nprintf '%s\\n' \"$@\" > {_run.Root}/told\n");
        var plan = ScriptRun.Plan(sample);
        var result = await _run.RunAsync(
            ProxmoxScript.For(plan), [], [("VMID", "107"), ("STORAGE", "fast"), .. plan.Request.Disks.Select(d => ($"DISK_{d.DiskKey}", _run.Disk))]);
        result.ExitCode.ShouldBe(0, result.Errors);
        var told = _run.Read("told").TrimEnd('\n').Split('\n');
        told[..2].ShouldBe(["create", "107"]);
        return told[2..].Chunk(2).ToDictionary(pair => pair[0][2..], pair => pair[1]);
    }
}
