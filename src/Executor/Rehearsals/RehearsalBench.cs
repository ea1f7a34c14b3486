using System.Globalization;
using Migrate.Executor.Conversion;
using Migrate.Executor.Destinations;
using Migrate.Executor.Runs;
using Migrate.Executor.Runs.Steps;
using Migrate.Executor.Validation;
using Migrate.Planner;
using Migrate.Planner.Inventory;

namespace Migrate.Executor.Rehearsals;

/// <summary>Rehearses with virt-v2v and libvirt.</summary>
public sealed class RehearsalBench(GuestConversion conversion, RunDomains domains, InventoryStore inventories, RunFiles files, TimeProvider time) : IRehearsalBench
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AgentPoll = TimeSpan.FromSeconds(5);

    /// <summary>Passed through by QEMU's user, read by nobody: names in it are known.</summary>
    private const UnixFileMode Passage = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public async Task CheckAsync(RunWork work, CancellationToken cancellationToken)
    {
        if (work.KvmHost.AttachesByNetwork)
        {
            throw new MigrateException(
                "rehearsal.host-elsewhere",
                $"The KVM host '{work.KvmHost.Name}' attaches the disks of '{work.Run.VmName}' by NVMe/TCP, and overlays are made only on the machine that has the disks.",
                "Plan it without --rehearse, or for the machine of the target; rehearse a VM of its kind there.");
        }

        await conversion.CheckAsync(work, cancellationToken);
    }

    public async Task<RehearsedGuest> ConvertAsync(RunWork work, CancellationToken cancellationToken)
    {
        var directory = files.RehearsalOf(work.Run.Id);
        foreach (var each in (string[])[Path.GetDirectoryName(directory)!, directory])
        {
            Directory.CreateDirectory(each, Passage);
            File.SetUnixFileMode(each, Passage); // Whatever the umask is.
        }

        var (overlays, guest, isConverted) = await conversion.RehearseAsync(work, directory, cancellationToken);
        return new RehearsedGuest([.. overlays.Select(x => new RehearsedDisk(x.DiskKey, x.Overlay))], guest, isConverted);
    }

    public async Task<RehearsedBoot> BootAsync(RunWork work, RehearsalRecord record, IReadOnlyList<RehearsedDisk> disks, CancellationToken cancellationToken)
    {
        var vm = await inventories.FindVmAsync(work.Source.Id, work.Run.VmKey, work.Plan.InventoryVersion, cancellationToken)
            ?? throw new MigrateException(
                "inventory.vm-missing", $"The inventory version {work.Plan.InventoryVersion} that the plan was made on no longer holds '{work.Run.VmName}'.", "Plan the VM anew.");
        await using var connection = await domains.OpenAsync(work, cancellationToken); // Whatever ends it ends the domain.
        var design = await domains.DesignAsync(connection, work, vm, cancellationToken);
        await RunDomains.MustNotBelongToOthersAsync(connection, work, record.Domain, cancellationToken);
        files.MakeConsoleDirectory(work.KvmHost);
        File.Delete(record.Console);
        foreach (var disk in disks)
        {
            File.SetUnixFileMode(disk.Overlay, UnixFileMode.UserRead | UnixFileMode.UserWrite); // libvirt gives it to QEMU's user.
        }

        var over = await domains.BackingsAsync(work, cancellationToken);
        var xml = RehearsalDomain.Of(design.Xml, record, disks.ToDictionary(x => over[x.DiskKey], x => x.Overlay));
        await connection.StartTransientAsync(record.Domain, xml, cancellationToken);
        try
        {
            return await WatchAsync(connection, work, record, cancellationToken);
        }
        finally
        {
            await connection.DestroyAsync(record.Domain, CancellationToken.None);
        }
    }

    public async Task CleanUpAsync(RunWork work, RehearsalRecord record, CancellationToken cancellationToken)
    {
        await using (var connection = await domains.OpenAsync(work, cancellationToken))
        {
            if (await connection.ExistsAsync(record.Domain, cancellationToken) && await RunDomains.IsOfRunAsync(connection, record.Domain, work.Run.Id, cancellationToken))
            {
                await connection.DestroyAsync(record.Domain, cancellationToken);
            }
        }

        await conversion.ThrowAwayAsync(work, cancellationToken);
        if (Directory.Exists(record.Directory))
        {
            Directory.Delete(record.Directory, recursive: true);
        }
    }

    private async Task<RehearsedBoot> WatchAsync(LibvirtConnection connection, RunWork work, RehearsalRecord record, CancellationToken cancellationToken)
    {
        var expected = work.Policy.ExpectConsole.GetValueOrDefault(work.Run.VmName);
        var patience = TimeSpan.FromSeconds(work.Policy.BootTimeoutSeconds);
        var console = new ConsoleLog(new LocalConsole(record.Console));
        var (began, asked) = (time.GetTimestamp(), time.GetTimestamp());
        while (true)
        {
            var line = await console.FindAsync(expected ?? "\0", cancellationToken); // Read in any case: for its end.
            var elapsed = time.GetElapsedTime(began);
            if (expected is not null && line is not null)
            {
                return new RehearsedBoot(RehearsalState.Works, elapsed.TotalSeconds, Says($"The guest's console showed the expected text {elapsed.TotalSeconds:0} s after its start: {line}"), null);
            }

            if (expected is null && time.GetElapsedTime(asked) >= AgentPoll)
            {
                asked = time.GetTimestamp();
                if (await AnswersAsync(connection, record.Domain, cancellationToken))
                {
                    elapsed = time.GetElapsedTime(began);
                    return new RehearsedBoot(RehearsalState.Works, elapsed.TotalSeconds, Says($"The guest's agent answered {elapsed.TotalSeconds:0} s after its start."), null);
                }
            }

            if (!await RunsAsync(connection, record.Domain, cancellationToken))
            {
                return new RehearsedBoot(RehearsalState.Failed, null, Says($"The guest switched itself off {elapsed.TotalSeconds:0} s after its start."), console.Tail);
            }

            if (elapsed >= patience)
            {
                return expected is null
                    ? new RehearsedBoot(
                        RehearsalState.Inconclusive, null,
                        Says($"The guest ran for {patience.TotalSeconds:0} s. The plan names no text of its console, and no guest agent answered: nothing tells whether it serves."), console.Tail)
                    : new RehearsedBoot(RehearsalState.Failed, null, Says($"The guest's console did not show \"{expected}\" within {patience.TotalSeconds:0} s."), console.Tail);
            }

            await Task.Delay(Poll, time, cancellationToken);
        }
    }

    private static async Task<bool> AnswersAsync(LibvirtConnection connection, string domain, CancellationToken cancellationToken)
    {
        try
        {
            await connection.AgentCommandAsync(domain, """{"execute":"guest-ping"}""", AgentPoll, cancellationToken);
            return true;
        }
        catch (MigrateException silent) when (silent.Code is "guest.agent-silent" or "guest.agent-refused" or "libvirt.no-domain")
        {
            return silent.Code == "guest.agent-refused"; // It is there, and refuses even this.
        }
    }

    private static async Task<bool> RunsAsync(LibvirtConnection connection, string domain, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.StateAsync(domain, cancellationToken) is not (DomainState.ShutOff or DomainState.Crashed);
        }
        catch (MigrateException gone) when (gone.Code == "libvirt.no-domain")
        {
            return false; // libvirt forgets a transient domain with its end.
        }
    }

    private static string Says(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
