using Microsoft.Extensions.Logging.Abstractions;
using Migrate.EndToEnd.Tests.Guest;
using Migrate.Target.Admin;

namespace Migrate.EndToEnd.Tests.Target;

/// <summary>What Linux' initiator makes of storage that fails: the error that fits, at once, on a connection that lives. Needs root.</summary>
public sealed class StorageFaultTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-faults-").FullName;
    private readonly List<(string Program, string[] Arguments)> _undo = [];

    private NvmeTarget? _target;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Linux_sees_full_broken_deleted_and_read_only_storage_as_what_they_are()
    {
        var image = await GuestImage.PrepareAsync(Cancel);
        var full = await MountAsync("full", "-t", "tmpfs", "-o", "size=8m", "migrate-test");
        var (device, deviceFile) = await AttachAsync("device.img", 16 << 20);
        var (fileSystem, _) = await AttachAsync("filesystem.img", 32 << 20);
        await Programs.OutputOfAsync("mkfs.ext4", "-q", fileSystem);
        var readOnly = await MountAsync("readonly", fileSystem);
        var target = _target = await NvmeTarget.StartAsync(
            new TargetOptions { Directory = Path.Combine(_directory, "target"), Port = 0, Overcommit = true }, TimeProvider.System, NullLoggerFactory.Instance, Cancel);
        var onFull = await CreateAsync(6 << 20, Path.Combine(full, "disk.raw"));
        await File.WriteAllBytesAsync(Path.Combine(full, "hog"), new byte[6 << 20], Cancel);
        var onDevice = await CreateAsync(0, device);
        var deleted = await CreateAsync(4 << 20, null);
        var onReadOnly = await CreateAsync(4 << 20, Path.Combine(readOnly, "disk.raw"));
        var changes = new List<Task>();
        void OnLine(string line)
        {
            changes.Add(line.Trim() switch
            {
                "MARK cut" => Programs.OutputOfAsync("truncate", "-s", "8M", deviceFile),
                "MARK delete" => Task.Run(() => File.Delete(deleted.BackingPath)),
                "MARK protect" => Programs.OutputOfAsync("mount", "-o", "remount,abort", readOnly),
                _ => Task.CompletedTask,
            });
        }

        var job = $"""
            PORT={target.EndPoint.Port} NQN={target.SubsystemNqn} FULL={onFull.Uuid} DEVICE={onDevice.Uuid} DELETED={deleted.Uuid} READONLY={onReadOnly.Uuid}
            {await File.ReadAllTextAsync(Repository.PathOf("tests", "EndToEnd", "Target", "storagefaults.sh"), Cancel)}
            """;

        var run = await GuestRun.RunAsync(image, job, OnLine, TimeSpan.FromMinutes(10), [], Cancel);

        await Task.WhenAll(changes);
        run.Status.ShouldBe(0, run.Console);
        run.Console.ShouldContain("ALL-GOOD");
        _target = null;
        (await Should.ThrowAsync<TargetException>(async () => await target.DisposeAsync())).Code.ShouldBe("target.flush-failed");

        Task<NamespaceInfo> CreateAsync(long bytes, string? path) =>
            target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), bytes) { BackingPath = path }, Cancel);
    }

    private async Task<(string Device, string File)> AttachAsync(string name, long bytes)
    {
        var file = Path.Combine(_directory, name);
        await File.WriteAllBytesAsync(file, new byte[bytes], Cancel);
        var device = (await Programs.OutputOfAsync("losetup", "--find", "--show", file)).Trim();
        _undo.Add(("losetup", ["--detach", device]));
        return (device, file);
    }

    private async Task<string> MountAsync(string name, params string[] what)
    {
        var point = Directory.CreateDirectory(Path.Combine(_directory, name)).FullName;
        await Programs.OutputOfAsync("mount", [.. what, point]);
        _undo.Add(("umount", [point]));
        return point;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await (_target?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
        catch (TargetException)
        {
            // The storage was broken on purpose, and the test has failed already.
        }

        foreach (var (program, arguments) in Enumerable.Reverse(_undo))
        {
            await Programs.OutputOfAsync(program, arguments);
        }

        Directory.Delete(_directory, recursive: true);
    }
}
