using System.Diagnostics;
using System.Security.Cryptography;
using Migrate.Executor.Conversion;

namespace Migrate.Executor.Tests.Conversion;

/// <summary>QEMU's own overlays: a disk is read through them, changed only by a commit, and a commit is begun again however far it came.</summary>
public sealed class OverlaysTests : IDisposable
{
    private const int MiB = 1 << 20;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);
    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-overlays-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Disk => Path.Combine(_directory, "disk.raw");

    private string Overlay => Path.Combine(_directory, "disk.qcow2");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task What_is_changed_is_in_the_overlay_alone_until_it_is_committed_as_often_as_it_takes()
    {
        await File.WriteAllBytesAsync(Disk, RandomNumberGenerator.GetBytes(8 * MiB), Cancel);
        var before = await Overlays.HashAsync(Disk, Cancel);
        var tool = Tool();
        await Overlays.CreateAsync(tool, Overlay, Disk, isServed: false, Limit, Cancel);
        await QemuIoAsync("write -P 7 1M 64k", "write -P 8 5242880 2M", "write -z 7M 64k");

        var (extents, bytes) = await Overlays.ChangesAsync(tool, Overlay, Limit, Cancel);
        Enumerable.Range(0, 9).Where(x => extents.Contains(x)).ShouldBe([1, 5, 6, 7]);
        bytes.ShouldBe((2 * MiB) + (128 << 10));
        (await Overlays.HashAsync(Disk, Cancel)).ShouldBe(before, "nothing is committed yet");

        var committed = new ConvertedDisk(2000, "Hard disk 1", Disk, Overlay, "", bytes, "");
        var overlay = await Overlays.HashAsync(Overlay, Cancel);
        await Overlays.CommitAsync(tool, committed, Limit, Cancel);
        var after = await File.ReadAllBytesAsync(Disk, Cancel);
        after.AsSpan(MiB, 64 << 10).IndexOfAnyExcept((byte)7).ShouldBe(-1);
        after.AsSpan(5 * MiB, 2 * MiB).IndexOfAnyExcept((byte)8).ShouldBe(-1);
        after.AsSpan(7 * MiB, 64 << 10).IndexOfAnyExcept((byte)0).ShouldBe(-1);

        // As after a commit that was killed half-way.
        (await Overlays.HashAsync(Overlay, Cancel)).ShouldBe(overlay, "it stays whole");
        await using (var disk = new FileStream(Disk, FileMode.Open))
        {
            disk.Position = 5 * MiB;
            await disk.WriteAsync(new byte[MiB], Cancel);
        }

        await Overlays.CommitAsync(tool, committed, Limit, Cancel);
        (await File.ReadAllBytesAsync(Disk, Cancel)).ShouldBe(after);

        var list = Path.Combine(_directory, "changed.json");
        extents.WriteTo(list);
        ChangedExtents.ReadFrom(list).Runs.ShouldBe(extents.Runs);
    }

    [Fact]
    public async Task A_disk_that_is_locked_is_looked_at_and_never_committed_to()
    {
        await File.WriteAllBytesAsync(Disk, new byte[4 * MiB], Cancel);
        var tool = Tool();
        await Overlays.CreateAsync(tool, Overlay, Disk, isServed: false, Limit, Cancel);
        await QemuIoAsync("write -P 7 1M 64k");
        using var holder = Process.Start(new ProcessStartInfo(
            "qemu-system-x86_64",
            ["-accel", "tcg", "-machine", "q35", "-nodefaults", "-display", "none", "-S", "-drive", $"if=none,id=d,format=raw,file={Disk}", "-device", "virtio-blk-pci,drive=d", "-monitor", "stdio"])
        { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        try
        {
            (await holder.StandardOutput.ReadLineAsync(Cancel)).ShouldNotBeNull("its monitor answers, so it has the disk open");

            var refused = await Should.ThrowAsync<Migrate.Planner.MigrateException>(() => Overlays.CommitAsync(tool, new ConvertedDisk(2000, "Hard disk 1", Disk, Overlay, "", 0, ""), Limit, Cancel));
            (refused.Code, refused.IsTransient).ShouldBe(("conversion.disk-in-use", true));
            var look = Path.Combine(_directory, "look.qcow2");
            await Overlays.CreateAsync(tool, look, Disk, isServed: true, Limit, Cancel);
            (await tool.RunAsync("look", ["qemu-io", "-f", "qcow2", "-c", "read -P 0 0 4M", look], Limit, null, Cancel)).ShouldSatisfyAllConditions(
                x => x.ExitCode.ShouldBe(0, x.LastWords), x => x.Output.ShouldNotContain("failed"));
        }
        finally
        {
            holder.Kill();
        }
    }

    private ConversionTool Tool() => new(_directory, Path.Combine(_directory, "log"), new ConversionOptions(), withoutKvm: true, TimeProvider.System);

    private async Task QemuIoAsync(params string[] commands)
    {
        using var io = Process.Start(new ProcessStartInfo("qemu-io", ["-f", "qcow2", .. commands.SelectMany(x => (string[])["-c", x]), Overlay]) { RedirectStandardOutput = true })!;
        await io.StandardOutput.ReadToEndAsync(Cancel);
        await io.WaitForExitAsync(Cancel);
        io.ExitCode.ShouldBe(0);
    }
}
