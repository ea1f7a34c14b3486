using Migrate.Target.Admin;
using Migrate.Target.Protocol;
using Migrate.Target.Tests.Namespaces;

namespace Migrate.Target.Tests.Admin;

/// <summary>A host goes while the storage still holds a write of its: a frozen file system holds it for as long as a test wants. Needs root.</summary>
public sealed class HeldStorageTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-held-").FullName;
    private LoopDevice _device = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Point => Path.Combine(_directory, "point");

    public async ValueTask InitializeAsync()
    {
        _device = await LoopDevice.MakeAsync(_directory, 32 << 20);
        await Programs.OutputOfAsync("mkfs.ext4", "-q", _device.Path);
        Directory.CreateDirectory(Point);
        await Programs.OutputOfAsync("mount", _device.Path, Point);
    }

    [Fact]
    public async Task Turning_a_host_away_takes_until_the_storage_has_nothing_of_it_any_more()
    {
        await using var target = await RunningTarget.StartAsync(Path.Combine(_directory, "target"));
        await target.Target.PutSubsystemAsync(new SubsystemSpec(target.Target.SubsystemNqn) { AllowedHosts = [RunningTarget.HostNqn] }, Cancel);
        var nsid = await CreateAsync(target);
        var (admin, io) = ScriptedHost.OpenIoQueue(target);
        using var adminGuard = admin;
        using var ioGuard = io;

        Task turningAway;
        await using (await FreezeAsync())
        {
            io.SendCapsule(WriteZeroes(5, nsid), default);
            await UntilHeldAsync();
            turningAway = target.Target.DisallowHostAsync(target.Target.SubsystemNqn, RunningTarget.HostNqn, Cancel);
            io.WaitForEnd().ShouldBeTrue("the connection is closed at once");
            await Task.Delay(500, Cancel);
            turningAway.IsCompleted.ShouldBeFalse("the write may still reach the file");
        }

        await turningAway.WaitAsync(Patience, Cancel);
    }

    [Fact]
    public async Task Draining_waits_for_the_storage_and_the_host_gets_its_answer()
    {
        await using var target = await RunningTarget.StartAsync(Path.Combine(_directory, "target"));
        var nsid = await CreateAsync(target);
        var (admin, io) = ScriptedHost.OpenIoQueue(target);
        using var adminGuard = admin;
        using var ioGuard = io;

        Task<bool> draining;
        await using (await FreezeAsync())
        {
            io.SendCapsule(WriteZeroes(5, nsid), default);
            await UntilHeldAsync();
            draining = target.Target.DrainHostAsync(RunningTarget.HostNqn, Patience, Cancel);
            await Task.Delay(500, Cancel);
            draining.IsCompleted.ShouldBeFalse();
        }

        var completion = io.ReceiveCompletion();
        (completion.CommandId, completion.Status).ShouldBe(((ushort)5, NvmeStatus.Success));
        Should.Throw<ShouldAssertException>(io.Receive).Message.ShouldContain("closed");
        (await draining.WaitAsync(Patience / 2, Cancel)).ShouldBeTrue("nothing waited for patience to end");
    }

    public async ValueTask DisposeAsync()
    {
        await Programs.OutputOfAsync("umount", Point);
        await _device.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task<uint> CreateAsync(RunningTarget target) => (await target.Target.CreateNamespaceAsync(
        new NamespaceSpec(Guid.NewGuid(), 4 << 20) { BackingPath = Path.Combine(Point, "disk.raw") }, Cancel)).Nsid;

    private async Task<IAsyncDisposable> FreezeAsync()
    {
        await Programs.OutputOfAsync("fsfreeze", "--freeze", Point);
        return new Frozen(Point);
    }

    /// <summary>The write is with the storage: a thread of this process sleeps in the kernel, and is still there a while later.</summary>
    private static async Task UntilHeldAsync()
    {
        HashSet<string> before = [];
        for (var looks = 0; looks < 2 * Patience.TotalSeconds; looks++)
        {
            var now = Directory.EnumerateDirectories("/proc/self/task").Where(IsHeld).ToHashSet();
            if (now.Overlaps(before))
            {
                return;
            }

            before = now;
            await Task.Delay(1000, Cancel);
        }

        throw new ShouldAssertException("No write waits for the frozen file system.");
    }

    private static bool IsHeld(string thread)
    {
        try
        {
            return File.ReadAllText(Path.Combine(thread, "stat")).Split(") ", 2)[1][0] == 'D';
        }
        catch (IOException)
        {
            return false; // It has ended meanwhile.
        }
    }

    private static byte[] WriteZeroes(ushort commandId, uint nsid)
    {
        var entry = ScriptedHost.Entry(NvmOpcode.WriteZeroes, commandId, nsid);
        entry[48] = 7;
        return entry;
    }

    private sealed class Frozen(string point) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await Programs.OutputOfAsync("fsfreeze", "--unfreeze", point);
    }
}
