using System.Text.Json;
using Migrate.Executor.Destinations;
using Migrate.Executor.Domains;
using Migrate.Executor.Manifests;
using Migrate.Executor.Validation;
using Migrate.Executor.Validation.Identity;
using Migrate.Planner;
using Migrate.Planner.Baselines;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs.Steps;

/// <summary>
/// Watches the started guest and judges: the disks' hashes, what its console shows, how fast its storage answers. A verdict of
/// Fail does not fail the run: the move is done and the operator decides what follows from it.
/// </summary>
public sealed class ValidateStep(
    RunDomains domains, RunManifests manifests, RunFiles files, InventoryStore inventories, BaselineStore baselines, SourceFacts sourceFacts, TimeProvider time) : IRunStep
{
    public RunPhase Phase => RunPhase.Validating;

    public bool StopsForRequests => true;

    public async Task<RunPhase> RunAsync(RunWork work, CancellationToken cancellationToken)
    {
        var vm = await inventories.FindVmAsync(work.Source.Id, work.Run.VmKey, work.Plan.InventoryVersion, cancellationToken)
            ?? throw new MigrateException(
                "inventory.vm-missing",
                $"The inventory version {work.Plan.InventoryVersion} that the plan was made on no longer holds '{work.Run.VmName}'.",
                "Restore the database; the migrated domain is not affected.");
        await manifests.FinishAsync(work, cancellationToken); // Of a cutover that could not; else there is nothing left to do.
        await using var connection = await domains.OpenAsync(work, cancellationToken);
        var design = await domains.DesignAsync(connection, work, vm, cancellationToken);

        // Counting begins when the guest is up: reads of a booting kernel say nothing about its service.
        var console = await CheckConsoleAsync(work, cancellationToken);
        if (console is null or { Found: true })
        {
            await DowntimeClock.EndAsync(work, time.GetUtcNow().UtcDateTime, cancellationToken); // Where no text tells that it serves, its start has to do.
        }

        var up = time.GetTimestamp();
        var start = await StartCountingAsync(connection, work, design, cancellationToken);
        if (start is not null)
        {
            var window = TimeSpan.FromSeconds(work.Policy.ObserveSeconds);
            await work.LogAsync(RunLog.Info, $"Observing the guest's I/O for {window.TotalSeconds:0} s.", cancellationToken);
            await Task.Delay(window, time, cancellationToken);
        }

        var evidence = new Evidence
        {
            VmName = work.Run.VmName,
            Disks = [.. (await work.DisksAsync(cancellationToken)).Select(x => new DiskProof(x.DiskKey, x.Label, x.SourceHash, x.DestinationHash, x.ReadBackBy))],
            Console = console,
            Identity = await CompareIdentityAsync(connection, work, vm, design.Name, time.GetElapsedTime(up), cancellationToken),
            Baseline = await LoadBaselineAsync(work, cancellationToken),
            Measurements = start is null ? [] : await ReadAsync(connection, start, work, cancellationToken),
            SourceIsSimulated = await sourceFacts.IsSimulatedAsync(work, cancellationToken),
            DomainType = RunDomains.DomainTypeOf(work.KvmHost),
            SourceMachine = await sourceFacts.MachineOfAsync(work, vm, cancellationToken),
            DestinationMachine = await MachineOfAsync(connection, cancellationToken),
        };
        await StoreAsync(work, VerdictJudge.Judge(evidence, time.GetUtcNow().UtcDateTime), cancellationToken);
        return RunPhase.Completed;
    }

    /// <summary>Null when the guest has powered itself off already: there is nothing to measure, and the verdict says so.</summary>
    private async Task<LatencyStart?> StartCountingAsync(
        LibvirtConnection connection, RunWork work, DomainXml design, CancellationToken cancellationToken)
    {
        if (await connection.StateAsync(design.Name, cancellationToken) is DomainState.Running or DomainState.Blocked)
        {
            return await LatencyHistogram.StartAsync(connection, design.Name, design.Disks, time, cancellationToken);
        }

        await work.LogAsync(RunLog.Warning, $"The domain '{design.Name}' is not running: its I/O cannot be measured.", cancellationToken);
        return null;
    }

    private async Task<ConsoleFinding?> CheckConsoleAsync(RunWork work, CancellationToken cancellationToken)
    {
        if (!work.Policy.ExpectConsole.TryGetValue(work.Run.VmName, out var expected))
        {
            return null;
        }

        var patience = TimeSpan.FromSeconds(work.Policy.BootTimeoutSeconds);
        var finding = await ConsoleCheck.WaitForAsync(files.OpenConsole(work.Run.Id, work.KvmHost), expected, patience, time, cancellationToken);
        await work.LogAsync(
            finding.Found ? RunLog.Info : RunLog.Error,
            finding.Found
                ? $"The guest's console showed the expected text after {finding.AfterSeconds:0} s: {finding.Line}"
                : $"The guest's console did not show \"{expected}\" within {patience.TotalSeconds:0} s.",
            cancellationToken);
        return finding;
    }

    /// <param name="connection">To the KVM host.</param>
    /// <param name="work">The run.</param>
    /// <param name="vm">As the plan's inventory has it.</param>
    /// <param name="domain">Name of the domain.</param>
    /// <param name="waited">For how long the guest has been up: its agent has had that time already.</param>
    /// <param name="cancellationToken">Of the step.</param>
    private async Task<IdentityFinding> CompareIdentityAsync(
        LibvirtConnection connection, RunWork work, Vm vm, string domain, TimeSpan waited, CancellationToken cancellationToken)
    {
        var before = work.Run.GuestBefore is { } told ? JsonSerializer.Deserialize(told, IdentityJson.Default.GuestIdentity) : GuestIdentity.OfTools(vm, work.Plan.CreatedAt);
        if (before is null)
        {
            return IdentityJudge.Judge(null, null, work.Policy.Networks, "VMware Tools told nothing of the guest's network: they were not installed, or the VM was off when the inventory was read");
        }

        var patience = TimeSpan.FromSeconds(work.Policy.AgentWaitSeconds);
        var after = await new GuestAgent(connection, domain, time).WaitForAsync(waited < patience ? patience - waited : TimeSpan.Zero, cancellationToken);
        return IdentityJudge.Judge(
            before, after, work.Policy.Networks,
            $"no QEMU guest agent answered within {patience.TotalSeconds:0} s after the guest was up: install qemu-guest-agent in it, and compare its addresses by hand until then");
    }

    private async Task<IReadOnlyList<LatencyMeasurement>> ReadAsync(
        LibvirtConnection connection, LatencyStart start, RunWork work, CancellationToken cancellationToken)
    {
        if (await connection.StateAsync(start.Domain, cancellationToken) is DomainState.Running or DomainState.Blocked)
        {
            return await LatencyHistogram.ReadAsync(connection, start, time, cancellationToken);
        }

        await work.LogAsync(RunLog.Warning, "The guest powered itself off while it was observed; its counters are gone with it.", cancellationToken);
        return [];
    }

    /// <summary>A VM that was off when its run began has none of this run; an earlier one still tells how it behaved.</summary>
    private Task<Baseline?> LoadBaselineAsync(RunWork work, CancellationToken cancellationToken) => work.Run.BaselineId is { } id
        ? baselines.LoadAsync(id, cancellationToken)
        : baselines.LoadLatestAsync(work.Source.Id, work.Run.VmKey, cancellationToken);

    private static async Task<string> MachineOfAsync(LibvirtConnection connection, CancellationToken cancellationToken)
    {
        var facts = await HostProbe.ProbeAsync(connection, cancellationToken);
        return facts.CpuModel.Length == 0 ? facts.HostName : $"{facts.HostName} ({facts.CpuModel})";
    }

    private static async Task StoreAsync(RunWork work, Verdict verdict, CancellationToken cancellationToken)
    {
        var json = JsonSerializer.Serialize(verdict, ValidationJson.Default.Verdict);
        await work.UpdateAsync(
            set => set.SetProperty(x => x.Verdict, json).SetProperty(x => x.Outcome, verdict.Outcome.ToString()), cancellationToken);
        foreach (var aspect in verdict.Aspects)
        {
            await work.LogAsync(
                aspect.Outcome == Outcome.Fail ? RunLog.Error : RunLog.Info, $"{aspect.Aspect}: {aspect.Outcome}. {aspect.Statement}", cancellationToken);
        }
    }
}
