using System.Security.Cryptography;
using Migrate.Target.Admin;
using Migrate.Target.Host;

namespace Migrate.Target.Tests.Namespaces;

/// <summary>A file system of 8 MiB that is really full. Needs root, as it mounts a tmpfs.</summary>
public sealed class FullDiskTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-full-").FullName;

    public async ValueTask InitializeAsync() => await Programs.OutputOfAsync("mount", "-t", "tmpfs", "-o", "size=8m", "migrate-test", _directory);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_full_file_system_is_capacity_exceeded_and_what_was_written_stays()
    {
        await using var target = await RunningTarget.StartAsync(_directory);
        (await Should.ThrowAsync<TargetException>(() => target.CreateAsync(16 << 20))).Code.ShouldBe("target.no-space");
        var created = await target.CreateAsync(6 << 20);
        (await Should.ThrowAsync<TargetException>(() => target.CreateAsync(4 << 20))).Code.ShouldBe("target.no-space", "what is promised counts");
        await using var host = await target.ConnectAsync();
        var disk = await host.OpenAsync(created.Uuid, Cancel);
        var kept = RandomNumberGenerator.GetBytes(1 << 20);
        await disk.WriteAsync(0, kept, Cancel);
        await File.WriteAllBytesAsync(Path.Combine(_directory, "hog"), new byte[6 << 20], Cancel);

        foreach (var length in new[] { 8192, 64 * 1024 }) // in the capsule and by R2T
        {
            var error = await Should.ThrowAsync<NvmeException>(async () =>
            {
                for (var at = 1 << 20; at < 6 << 20; at += length)
                {
                    await disk.WriteAsync(at, RandomNumberGenerator.GetBytes(length), Cancel);
                }
            });
            (error.StatusCodeType, error.StatusCode).ShouldBe((0, 0x81));
        }

        var read = new byte[kept.Length];
        await disk.ReadAsync(0, read, Cancel);
        read.ShouldBe(kept);
        File.Delete(Path.Combine(_directory, "hog"));
        await disk.WriteAsync(1 << 20, kept, Cancel);
    }

    [Fact]
    public async Task A_file_that_was_cut_is_a_read_error_and_never_old_bytes_and_no_flush_vouches_for_it()
    {
        var target = await RunningTarget.StartAsync(_directory);
        var created = await target.CreateAsync(4 << 20);
        await using var host = await target.ConnectAsync();
        var disk = await host.OpenAsync(created.Uuid, Cancel);
        await Programs.OutputOfAsync("truncate", "-s", "1M", created.BackingPath); // .NET would respect the target's lock

        var error = await Should.ThrowAsync<NvmeException>(async () => await disk.ReadAsync(2 << 20, new byte[4096], Cancel));

        (error.StatusCodeType, error.StatusCode).ShouldBe((2, 0x81));
        error = await Should.ThrowAsync<NvmeException>(async () => await disk.FlushAsync(Cancel));
        (error.StatusCodeType, error.StatusCode).ShouldBe((2, 0x80));
        (await Should.ThrowAsync<TargetException>(async () => await target.DisposeAsync())).Code.ShouldBe("target.flush-failed");
    }

    public async ValueTask DisposeAsync()
    {
        await Programs.OutputOfAsync("umount", _directory);
        Directory.Delete(_directory);
    }
}
