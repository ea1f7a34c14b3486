using System.Diagnostics;
using Migrate.Target.Admin;

namespace Migrate.Target.Tests.Namespaces;

/// <summary>One storage has one user: every other one that this machine's kernel can show is found. Needs root.</summary>
public sealed class ExclusivityTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-exclusive-").FullName;
    private RunningTarget _target = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _target = await RunningTarget.StartAsync(Path.Combine(_directory, "target"));

    [Fact]
    public async Task A_mounted_device_is_refused_with_its_mount_point_and_every_other_reason()
    {
        await using var device = await LoopDevice.MakeAsync(_directory, 16 << 20, 4096);
        await Programs.OutputOfAsync("mkfs.ext4", "-q", device.Path);
        var point = Directory.CreateDirectory(Path.Combine(_directory, "mount point")).FullName;
        await Programs.OutputOfAsync("mount", device.Path, point);
        try
        {
            var error = await RefusedAsync(device.Path);
            error.Message.ShouldContain($"mounted at {point}");
            error.Message.ShouldContain("which has 4096", customMessage: "the wrong block size is named in the same answer");
            error.Remedy.ShouldContain($"Unmount {point}.");
        }
        finally
        {
            await Programs.OutputOfAsync("umount", point);
        }

        await TakeAsync(device.Path, blockSize: 4096);
    }

    [Fact]
    public async Task A_device_with_a_mounted_partition_is_refused_and_so_is_a_partition_of_an_exported_disk()
    {
        await using var device = await LoopDevice.MakeAsync(_directory, 32 << 20);
        var (first, second) = (await device.AddPartitionAsync(2048, 20480), await device.AddPartitionAsync(24576, 20480));
        await Programs.OutputOfAsync("mkfs.ext4", "-q", first);
        var point = Directory.CreateDirectory(Path.Combine(_directory, "point")).FullName;
        await Programs.OutputOfAsync("mount", first, point);
        try
        {
            (await RefusedAsync(device.Path)).Message.ShouldContain($"its partition {device.Name}p1 is mounted at {point}");
            (await TakeAsync(second)).CapacityBytes.ShouldBe(20480 * 512, "the other partition is free");
            (await RefusedAsync(device.Path)).Message.ShouldContain($"its partition {device.Name}p2 is the backing of namespace");
        }
        finally
        {
            await Programs.OutputOfAsync("umount", point);
        }

        await _target.Target.DeleteNamespaceAsync(_target.Target.ListNamespaces().Single().Uuid, deleteBacking: false, Cancel);
        var whole = await TakeAsync(device.Path);
        (await RefusedAsync(first)).Message.ShouldContain($"its disk {device.Name} is the backing of namespace {whole.Uuid}");
        await _target.Target.DeleteNamespaceAsync(whole.Uuid, deleteBacking: false, Cancel);
    }

    [Fact]
    public async Task Swap_space_is_refused()
    {
        await using var device = await LoopDevice.MakeAsync(_directory, 16 << 20);
        await Programs.OutputOfAsync("mkswap", device.Path);
        await Programs.OutputOfAsync("swapon", device.Path);
        try
        {
            var error = await RefusedAsync(device.Path);
            error.Message.ShouldContain("in use as swap space");
            error.Remedy.ShouldContain($"swapoff {device.Path}");
        }
        finally
        {
            await Programs.OutputOfAsync("swapoff", device.Path);
        }
    }

    [Fact]
    public async Task A_file_and_the_loop_device_over_it_exclude_each_other()
    {
        var file = NewFile("looped.img");
        await using (var device = await LoopDevice.AttachAsync(file))
        {
            var error = await RefusedAsync(file);
            error.Message.ShouldContain($"attached to the loop device {device.Path}");
            error.Remedy.ShouldContain($"losetup -d {device.Path}");
        }

        var taken = await TakeAsync(file);
        await using var late = await LoopDevice.AttachAsync(file); // the kernel asks for no lock
        (await RefusedAsync(late.Path)).Message.ShouldContain($"the backing of namespace {taken.Uuid}");

        await _target.Target.TakeOfflineAsync(taken.Uuid, Cancel);
        (await Should.ThrowAsync<TargetException>(() => _target.Target.BringOnlineAsync(taken.Uuid, Cancel))).Message.ShouldContain(late.Path);
    }

    [Fact]
    public async Task The_same_storage_by_another_name_is_the_same()
    {
        var file = NewFile("first.img");
        var (soft, hard) = (Path.Combine(_directory, "soft.img"), Path.Combine(_directory, "hard.img"));
        File.CreateSymbolicLink(soft, file);
        await Programs.OutputOfAsync("ln", file, hard);
        await using var device = await LoopDevice.MakeAsync(_directory, 1 << 20);
        var node = Path.Combine(_directory, "node");
        await Programs.OutputOfAsync("mknod", node, "b", "7", device.Name["loop".Length..]);
        var (onFile, onDevice) = (await TakeAsync(file), await TakeAsync(device.Path));

        foreach (var path in new[] { file, soft, hard })
        {
            (await RefusedAsync(path)).Message.ShouldContain($"the backing of namespace {onFile.Uuid}");
        }

        (await RefusedAsync(node)).Message.ShouldContain($"the backing of namespace {onDevice.Uuid}");
        (await RefusedAsync(device.File)).Message.ShouldContain(device.Path);
        await _target.Target.TakeOfflineAsync(onFile.Uuid, Cancel);
        (await RefusedAsync(hard)).Message.ShouldContain($"the backing of namespace {onFile.Uuid}", customMessage: "offline it may be a domain's");
    }

    [Theory]
    [InlineData(true, "os.open(sys.argv[1], os.O_RDWR | os.O_EXCL)")]
    [InlineData(false, "fcntl.flock(os.open(sys.argv[1], os.O_RDWR), fcntl.LOCK_EX)")]
    [InlineData(false, "fcntl.lockf(os.open(sys.argv[1], os.O_RDWR), fcntl.LOCK_EX)")]
    [InlineData(false, "os.open(sys.argv[1], os.O_WRONLY)")]
    [InlineData(true, "os.open(sys.argv[1], os.O_RDWR)")]
    public async Task A_process_that_holds_it_is_named(bool isDevice, string hold)
    {
        await using var device = isDevice ? await LoopDevice.MakeAsync(_directory, 1 << 20) : null;
        var path = device?.Path ?? NewFile("held.img");
        using var holder = await HoldAsync(path, hold);
        try
        {
            var error = await RefusedAsync(path, "target.backing-locked");

            error.Message.ShouldContain($"python3 (process {holder.Id})");
        }
        finally
        {
            holder.StandardInput.Close();
            await holder.WaitForExitAsync(Cancel);
        }

        await TakeAsync(path);
        if (isDevice)
        {
            await _target.Target.DeleteNamespaceAsync(_target.Target.ListNamespaces().Single().Uuid, deleteBacking: true, Cancel);
        }
    }

    [Fact]
    public async Task A_process_that_only_reads_does_no_harm()
    {
        var path = NewFile("read.img");
        using var reader = await HoldAsync(path, "os.open(sys.argv[1], os.O_RDONLY)");

        await TakeAsync(path);

        reader.StandardInput.Close();
        await reader.WaitForExitAsync(Cancel);
    }

    /// <summary>A process that has the file open until its input ends.</summary>
    private static async Task<Process> HoldAsync(string path, string hold)
    {
        var holder = Programs.Start(new ProcessStartInfo("python3",
            ["-c", $"import os, sys, fcntl; held = {hold}; print('held', flush=True); sys.stdin.read()", path])
        { RedirectStandardInput = true, RedirectStandardOutput = true });
        (await holder.StandardOutput.ReadLineAsync(Cancel)).ShouldBe("held");
        return holder;
    }

    private string NewFile(string name)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllBytes(path, new byte[1 << 20]);
        return path;
    }

    private Task<NamespaceInfo> TakeAsync(string path, int blockSize = 512) =>
        _target.Target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), 0, blockSize) { BackingPath = path }, Cancel);

    private async Task<TargetException> RefusedAsync(string path, string? code = null)
    {
        var before = _target.Target.ListNamespaces().Count;
        var error = await Should.ThrowAsync<TargetException>(() => TakeAsync(path));
        error.Code.ShouldBe(code ?? (error.Code.StartsWith("target.block-size", StringComparison.Ordinal) ? error.Code : "target.backing-in-use"));
        _target.Target.ListNamespaces().Count.ShouldBe(before);
        return error;
    }

    public async ValueTask DisposeAsync()
    {
        await _target.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
