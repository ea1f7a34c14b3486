using System.Globalization;
using Migrate.Executor.Destinations;
using Migrate.Executor.Validation;
using Migrate.Executor.Validation.Observation;

namespace Migrate.EndToEnd.Tests.Kvm;

/// <summary>A real guest on a real libvirtd: designed, started, observed, ended, gone.</summary>
public sealed class DomainLifeTests
{
    private static readonly TimeSpan BootPatience = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task A_designed_domain_boots_tells_its_payload_shows_its_latency_and_leaves_nothing()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var (directory, name) = (LibvirtFixture.NewDirectory(), Guests.NewName());
        await using var connection = await LibvirtFixture.ConnectAsync();
        try
        {
            var disk = Path.Combine(directory, "disk.raw");
            var hash = await GuestDisk.MakeAsync(disk, "--hostname", "web01");
            var console = Path.Combine(directory, "console.log");
            var design = await Guests.DesignAsync(connection, Guests.Vm(name), disk, console);

            await connection.DefineAndStartAsync(name, design.Xml, cancellation);
            (await connection.FindAsync(name, cancellation)).ShouldBe(design.Uuid);
            (await connection.StateAsync(name, cancellation)).ShouldBe(DomainState.Running);
            if (design.Xml.Contains("io=\"io_uring\"", StringComparison.Ordinal))
            {
                OpenFilesOfQemu(name).ShouldContain("anon_inode:[io_uring]", "QEMU falls back to threads without a word");
            }

            var finding = await ConsoleCheck.WaitForAsync(new LocalConsole(console), "MIGRATE-GUEST-UP", BootPatience, TimeProvider.System, cancellation);
            finding.Found.ShouldBeTrue(finding.Tail);
            finding.Line.ShouldBe($"MIGRATE-GUEST-UP web01 payload-sha256={hash}");

            var before = await ReadAsync(connection, name, cancellation);
            await QemuCounters.SetAsync(connection, name, before.Devices.Values, HistogramGrid.NewMark(), cancellation);
            var started = (await ReadAsync(connection, name, cancellation)).Devices.ShouldHaveSingleItem().Value.Totals;
            var (read, write) = await ObserveAsync(connection, name, started, fewestReads: 100, cancellation);
            foreach (var direction in new[] { read, write })
            {
                // QEMU's mean lies where its histogram says that I/Os were.
                var counted = direction.Bins.Index().Where(x => x.Item > 0).Select(x => x.Index).ToList();
                direction.Bins.Sum().ShouldBe(direction.Operations);
                (direction.Nanoseconds / 1000.0 / direction.Operations).ShouldBeInRange(
                    counted[0] == 0 ? 0 : HistogramGrid.LimitsUs[counted[0] - 1], counted[^1] < HistogramGrid.LimitsUs.Count ? HistogramGrid.LimitsUs[counted[^1]] : double.MaxValue);
            }
            read.Bytes.ShouldBeGreaterThanOrEqualTo(read.Operations * 512);
            TestContext.Current.TestOutputHelper!.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"up after {finding.AfterSeconds:0.0} s; {read.Operations} reads, mean {read.Nanoseconds / 1000.0 / read.Operations:0} µs"));
        }
        finally
        {
            await connection.DestroyAsync(name, CancellationToken.None);
            await connection.UndefineAsync(name, removeNvram: true, CancellationToken.None);
            Directory.Delete(directory, recursive: true);
        }
        (await connection.ExistsAsync(name, cancellation)).ShouldBeFalse();
        File.Exists($"/etc/libvirt/qemu/{name}.xml").ShouldBeFalse();
        File.Exists($"/run/libvirt/qemu/{name}.pid").ShouldBeFalse();
        // Ending what is gone is no error: an interrupted run does it again.
        await connection.DestroyAsync(name, cancellation);
        await connection.UndefineAsync(name, removeNvram: true, cancellation);
    }

    [Fact]
    public async Task A_guest_that_powers_itself_off_is_seen_to_be_off()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var (directory, name) = (LibvirtFixture.NewDirectory(), Guests.NewName());
        await using var connection = await LibvirtFixture.ConnectAsync();
        try
        {
            var disk = Path.Combine(directory, "disk.raw");
            await GuestDisk.MakeAsync(disk, "--power-off-after", "1", "--payload", "1");
            var design = await Guests.DesignAsync(connection, Guests.Vm(name), disk, Path.Combine(directory, "console.log"));
            await connection.DefineAndStartAsync(name, design.Xml, cancellation);
            (await connection.WaitForShutOffAsync(name, TimeSpan.Zero, cancellation)).ShouldBeFalse("it cannot be off so soon");
            (await connection.WaitForShutOffAsync(name, BootPatience, cancellation)).ShouldBeTrue();
            (await connection.StateAsync(name, cancellation)).ShouldBe(DomainState.ShutOff);

            // Off, not gone: it can be started again.
            await connection.StartAsync(name, cancellation);
            (await connection.StateAsync(name, cancellation)).ShouldBe(DomainState.Running);
        }
        finally
        {
            await connection.DestroyAsync(name, CancellationToken.None);
            await connection.UndefineAsync(name, removeNvram: true, CancellationToken.None);
            Directory.Delete(directory, recursive: true);
        }
    }

    private static Task<DomainReading> ReadAsync(LibvirtConnection connection, string name, CancellationToken cancellation) =>
        QemuCounters.ReadAsync(connection, name, deep: false, TimeProvider.System, cancellation);

    private static async Task<(DirectionTotals Read, DirectionTotals Write)> ObserveAsync(
        LibvirtConnection connection, string name, DiskTotals started, long fewestReads, CancellationToken cancellation)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var now = (await ReadAsync(connection, name, cancellation)).Devices.Single().Value.Totals;
            var (read, write) = (now.Read.Since(started.Read), now.Write.Since(started.Write));
            if (read.Operations >= fewestReads && write.Operations > 0)
            {
                return (read, write);
            }
            (TimeProvider.System.GetElapsedTime(began) < BootPatience).ShouldBeTrue($"the guest's load made only {read.Operations} reads and {write.Operations} writes");
            await Task.Delay(500, cancellation);
        }
    }

    private static IReadOnlyList<string> OpenFilesOfQemu(string name)
    {
        var pid = File.ReadAllText($"/run/libvirt/qemu/{name}.pid").Trim();
        return [.. Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd").Select(f => new FileInfo(f).LinkTarget).OfType<string>()];
    }
}
