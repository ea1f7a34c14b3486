using System.Security.Cryptography;
using Migrate.Target.Admin;
using Migrate.Target.Controllers;
using Migrate.Target.Host;
using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;

namespace Migrate.Target.Tests.Namespaces;

/// <summary>Storage that fails under a namespace: the host gets the status that fits, other namespaces do not notice. Needs root.</summary>
public sealed class StorageFaultTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-faults-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Errno.ENOSPC, NvmeStatus.CapacityExceeded, true)]
    [InlineData(Errno.EDQUOT, NvmeStatus.CapacityExceeded, true)]
    [InlineData(Errno.EFBIG, NvmeStatus.CapacityExceeded, true)]
    [InlineData(Errno.EIO, NvmeStatus.WriteFault, true)]
    [InlineData(Errno.ENODATA, NvmeStatus.WriteFault, true)]
    [InlineData(Errno.EUCLEAN, NvmeStatus.WriteFault, true)]
    [InlineData(Errno.ETIMEDOUT, NvmeStatus.WriteFault, false)]
    [InlineData(Errno.EROFS, NvmeStatus.NamespaceWriteProtected, true)]
    [InlineData(Errno.ENODEV, NvmeStatus.NamespaceNotReady, true)]
    [InlineData(Errno.ENXIO, NvmeStatus.NamespaceNotReady, true)]
    [InlineData(Errno.ESTALE, NvmeStatus.NamespaceNotReady, true)]
    [InlineData(Errno.EINVAL, NvmeStatus.InternalError, true)]
    [InlineData(Errno.ENOMEM, NvmeStatus.InternalError, false)]
    public void Each_error_has_its_status_and_is_final_where_trying_again_cannot_help(int error, int status, bool final) =>
        ((int)StorageFaults.StatusOf(error, NvmeStatus.WriteFault)).ShouldBe(status | (final ? NvmeStatus.DoNotRetry : 0));

    [Fact]
    public async Task A_file_system_that_became_read_only_is_write_protection_and_reads_go_on()
    {
        await using var device = await LoopDevice.MakeAsync(_directory, 32 << 20);
        await Programs.OutputOfAsync("mkfs.ext4", "-q", device.Path);
        var point = Directory.CreateDirectory(Path.Combine(_directory, "point")).FullName;
        await Programs.OutputOfAsync("mount", device.Path, point);
        var target = await RunningTarget.StartAsync(Path.Combine(_directory, "target"));
        try
        {
            var spec = new NamespaceSpec(Guid.NewGuid(), 4 << 20) { BackingPath = Path.Combine(point, "disk.raw") };
            await target.Target.CreateNamespaceAsync(spec, Cancel);
            var healthy = await target.CreateAsync(1 << 20);
            await using var host = await target.ConnectAsync();
            var disk = await host.OpenAsync(spec.Uuid, Cancel);
            var written = RandomNumberGenerator.GetBytes(64 * 1024);
            await disk.WriteAsync(0, written, Cancel);
            await disk.FlushAsync(Cancel);
            await Programs.OutputOfAsync("mount", "-o", "remount,abort", point); // what ext4 does to itself when its journal fails

            await FailsAsync(async () => await disk.WriteAsync(0, written, Cancel), 0, 0x20);
            await FailsAsync(async () => await disk.FlushAsync(Cancel), 0, 0x20);
            var read = new byte[written.Length];
            await disk.ReadAsync(0, read, Cancel);
            read.ShouldBe(written);
            await ServesAsync(host, healthy);
        }
        finally
        {
            (await Should.ThrowAsync<TargetException>(async () => await target.DisposeAsync())).Code.ShouldBe("target.flush-failed");
            await Programs.OutputOfAsync("umount", point);
        }
    }

    [Fact]
    public async Task A_deleted_file_is_read_on_but_no_flush_vouches_for_it()
    {
        var target = await RunningTarget.StartAsync(Path.Combine(_directory, "target"));
        var (created, healthy) = (await target.CreateAsync(1 << 20), await target.CreateAsync(1 << 20));
        await using (var host = await target.ConnectAsync())
        {
            var disk = await host.OpenAsync(created.Uuid, Cancel);
            await disk.WriteAsync(0, new byte[4096], Cancel);
            await disk.FlushAsync(Cancel);
            File.Delete(created.BackingPath);

            await FailsAsync(async () => await disk.FlushAsync(Cancel), 0, 0x82);
            await disk.ReadAsync(0, new byte[4096], Cancel);
            await ServesAsync(host, healthy);
        }

        (await Should.ThrowAsync<TargetException>(async () => await target.DisposeAsync())).Code.ShouldBe("target.flush-failed");
    }

    [Fact]
    public async Task A_device_that_cannot_read_or_write_a_block_says_so_and_lives()
    {
        var small = Directory.CreateDirectory(Path.Combine(_directory, "small")).FullName;
        await Programs.OutputOfAsync("mount", "-t", "tmpfs", "-o", "size=8m", "migrate-test", small);
        try
        {
            await using var device = await LoopDevice.MakeAsync(small, 16 << 20);
            await using var target = await RunningTarget.StartAsync(Path.Combine(_directory, "target"));
            var healthy = await target.CreateAsync(1 << 20);
            var spec = new NamespaceSpec(Guid.NewGuid(), 0) { BackingPath = device.Path };
            await target.Target.CreateNamespaceAsync(spec, Cancel);
            await using var host = await target.ConnectAsync();
            var disk = await host.OpenAsync(spec.Uuid, Cancel);

            var full = await Should.ThrowAsync<NvmeException>(async () => await disk.WriteAsync(0, RandomNumberGenerator.GetBytes(12 << 20), Cancel));
            // Which of the two depends on the kernel's loop driver.
            new[] { (0, 0x81), (2, 0x80) }.ShouldContain((full.StatusCodeType!.Value, full.StatusCode!.Value));
            full.DoNotRetry.ShouldBeTrue();

            await Programs.OutputOfAsync("truncate", "-s", "1M", device.File);
            await FailsAsync(async () => await disk.ReadAsync(12 << 20, new byte[4096], Cancel), 2, 0x81);
            await disk.ReadAsync(0, new byte[4096], Cancel);
            await ServesAsync(host, healthy);
            await target.Target.DeleteNamespaceAsync(spec.Uuid, deleteBacking: true, Cancel);
        }
        finally
        {
            await Programs.OutputOfAsync("umount", small);
        }
    }

    private static async Task FailsAsync(Func<Task> command, int type, int code)
    {
        var error = await Should.ThrowAsync<NvmeException>(command);
        (error.StatusCodeType, error.StatusCode, error.DoNotRetry).ShouldBe((type, code, true));
    }

    private static async Task ServesAsync(NvmeHost host, NamespaceInfo healthy)
    {
        var disk = await host.OpenAsync(healthy.Uuid, Cancel);
        await disk.WriteAsync(0, new byte[4096], Cancel);
        await disk.FlushAsync(Cancel);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
