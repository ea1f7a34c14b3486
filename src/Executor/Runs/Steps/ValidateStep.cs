using System.Text.Json;
using System.Xml.Linq;
using Migrate.Executor.Destinations;
using Migrate.Executor.Domains;
using Migrate.Executor.Manifests;
using Migrate.Executor.Validation;
using Migrate.Executor.Validation.Causes;
using Migrate.Executor.Validation.Identity;
using Migrate.Executor.Validation.Observation;
using Migrate.Planner;
using Migrate.Planner.Baselines;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs.Steps;

/// <summary>
/// Judges the started guest: the disks' hashes, what its console shows, how fast its storage answers. What it does is observed meanwhile (<see cref="StorageObserver"/>):
/// the step comes back when a look is due. A verdict of Fail does not fail the run: the move is done and the operator decides what follows from it.
/// </summary>
public sealed class ValidateStep(
    RunDomains domains, RunManifests manifests, RunFiles files, InventoryStore inventories, BaselineStore baselines, SourceFacts sourceFacts, StorageObserver observer,
    ObservationStore observations, StorageSampler sampler, TimeProvider time) : IRunStep
{
    /// <summary>A week of a VM with many disks is hundreds of megabytes while it is looked at.</summary>
    private static readonly SemaphoreSlim OneLook = new(1);

    public RunPhase Phase => RunPhase.Validating;

    public bool StopsForRequests => true;

    public async Task<RunPhase> RunAsync(RunWork work, CancellationToken cancellationToken)
    {
        var observation = await observations.FindAsync(work.Run.Id, cancellationToken);
        if (observation is { EndedAt: null } && observation.LookAt > time.GetUtcNow().UtcDateTime && work.Run.JudgeAskedAt is null)
        {
            work.Next = Due.Later(observation.LookAt); // It was tried again, or resumed, in between.
            return RunPhase.Validating;
        }

        if (observation is { EndedAt: not null } && work.Run.Verdict is not null)
        {
            return RunPhase.Completed; // Whoever judged it was killed before it could say so.
        }

        var vm = await inventories.FindVmAsync(work.Source.Id, work.Run.VmKey, work.Plan.InventoryVersion, cancellationToken)
            ?? throw new MigrateException(
                "inventory.vm-missing",
                $"The inventory version {work.Plan.InventoryVersion} that the plan was made on no longer holds '{work.Run.VmName}'.",
                "Restore the database; the migrated domain is not affected.");
        await manifests.FinishAsync(work, cancellationToken); // Of a cutover that could not; else there is nothing left to do.
        await using var connection = await domains.OpenAsync(work, cancellationToken);
        var design = await domains.DesignAsync(connection, work, vm, cancellationToken);
        return observation is null
            ? await BeginAsync(connection, work, vm, design, cancellationToken)
            : await LookAsync(connection, work, vm, design, observation, cancellationToken);
    }

    /// <summary>Counting begins when the guest is up: reads of a booting kernel say nothing about its service.</summary>
    private async Task<RunPhase> BeginAsync(LibvirtConnection connection, RunWork work, Vm vm, DomainXml design, CancellationToken cancellationToken)
    {
        var console = await CheckConsoleAsync(work, cancellationToken);
        if (console is null or { Found: true })
        {
            await DowntimeClock.EndAsync(work, time.GetUtcNow().UtcDateTime, cancellationToken); // Where no text tells that it serves, its start has to do.
        }

        if (await connection.StateAsync(design.Name, cancellationToken) is not (DomainState.Running or DomainState.Blocked))
        {
            await work.LogAsync(RunLog.Warning, $"The domain '{design.Name}' is not running: its I/O cannot be measured.", cancellationToken);
            var evidence = await EvidenceAsync(connection, work, vm, design, console, TimeSpan.Zero, cancellationToken);
            await StoreAsync(work, VerdictJudge.Judge(evidence, time.GetUtcNow().UtcDateTime), cancellationToken);
            return RunPhase.Completed;
        }

        var first = TimeSpan.FromSeconds(work.Policy.ObserveSeconds);
        var most = TimeSpan.FromSeconds(work.Policy.ObserveAtMostSeconds ?? work.Policy.ObserveSeconds);
        if (most > first && (console is { Found: false } || !LaterLook.MayDecide(await BasisAsync(work, cancellationToken), design.Disks)))
        {
            most = first; // Nobody has to wait for what nothing can be compared with, or for a verdict that is Fail already.
        }

        var look = LookSchedule.At(1, first, most);
        await work.Lease.EnsureHeldAsync(cancellationToken);
        var sample = await sampler.ReadAsync(connection, work, design.Name, cancellationToken);
        var observation = await observer.BeginAsync(work.Run.Id, connection, design.Name, design.Disks, look, most, console, cancellationToken, sample);
        await work.LogAsync(
            RunLog.Info,
            $"Observing the guest's I/O for {look.TotalSeconds:0} s{(most > look ? $", and for {most.TotalSeconds:0} s at most while its latency's verdict is open and time may decide it" : "")}.",
            cancellationToken);
        work.Next = Due.Later(observation.LookAt);
        return RunPhase.Validating;
    }

    private async Task<RunPhase> LookAsync(LibvirtConnection connection, RunWork work, Vm vm, DomainXml design, StorageObservation observation, CancellationToken cancellationToken)
    {
        await OneLook.WaitAsync(cancellationToken);
        try
        {
            return await LookInTurnAsync(connection, work, vm, design, observation, cancellationToken);
        }
        finally
        {
            OneLook.Release();
        }
    }

    private async Task<RunPhase> LookInTurnAsync(LibvirtConnection connection, RunWork work, Vm vm, DomainXml design, StorageObservation observation, CancellationToken cancellationToken)
    {
        var (row, intervals) = await observer.StoreNowAsync(work.Run.Id, connection, cancellationToken);
        var state = ObservationState.Read(row.State);
        var console = row.Console is { } told ? JsonSerializer.Deserialize(told, ObservationJson.Default.ConsoleFinding) : null;
        var (first, most) = (TimeSpan.FromSeconds(work.Policy.ObserveSeconds), row.Until - row.StartedAt); // As it was fixed before anything was seen.
        var look = row.Looks + 1;
        var observed = ObservedEvidence.Of(state, intervals, row.StartedAt, ClockOf(work.KvmHost));
        var evidence = await EvidenceAsync(connection, work, vm, design, console, time.GetUtcNow().UtcDateTime - row.StartedAt, cancellationToken) with
        {
            Observed = observed.Latencies,
            Around = await AroundAsync(connection, work, design, row, state, intervals, console, cancellationToken),
            Alpha = LookSchedule.AlphaOf(look, first, most),
        };
        var verdict = VerdictJudge.Judge(evidence, time.GetUtcNow().UtcDateTime);
        var said = LaterLook.Says(look, evidence.Alpha, verdict, observed.Latencies);
        var next = row.StartedAt + LookSchedule.At(look + 1, first, most);
        var goesOn = work.Run.JudgeAskedAt is null && observation.LookAt < row.Until && LaterLook.MayDecide(verdict, state);
        foreach (var refusal in observed.Latencies.SelectMany(x => x.Read.Refusals.Select(why => $"{x.Label}: {why}.")).Where(_ => !goesOn))
        {
            await work.LogAsync(RunLog.Warning, $"What was observed after the move is not to be trusted. {refusal}", cancellationToken);
        }

        if (verdict.Aspects.Any(x => x is { Aspect: Aspect.Latency, Outcome: not Outcome.Pass }) && !goesOn)
        {
            foreach (var cause in evidence.Around is { } around ? LatencyCauses.Suggest(around) : [])
            {
                await work.LogAsync(RunLog.Info, $"What may make its storage slow: {cause}", cancellationToken);
            }
        }

        if (goesOn)
        {
            await work.LogAsync(RunLog.Info, $"{said} Observed further, until {next:u}; 'migrate run judge' ends it.", cancellationToken);
            await observations.LookedAsync(work.Run.Id, said, evidence.Around, next, cancellationToken);
            work.Next = Due.Later(next);
            return RunPhase.Validating;
        }

        await StoreAsync(work, verdict, cancellationToken);
        await observations.LookedAsync(work.Run.Id, said, evidence.Around, next: null, cancellationToken);
        return RunPhase.Completed;
    }

    /// <summary>Null of a domain that is off: it has nothing around it.</summary>
    private async Task<StorageEvidence?> AroundAsync(
        LibvirtConnection connection, RunWork work, DomainXml design, StorageObservation row, ObservationState state, IReadOnlyList<ObservedInterval> intervals, ConsoleFinding? console,
        CancellationToken cancellationToken)
    {
        if (row.Sample is null || await connection.FindStateAsync(design.Name, cancellationToken) is not (DomainState.Running or DomainState.Blocked or DomainState.Paused))
        {
            return null;
        }

        var begin = JsonSerializer.Deserialize(row.Sample, CausesJson.Default.StorageSample)!;
        var end = await sampler.ReadAsync(connection, work, design.Name, cancellationToken);
        var running = XElement.Parse(await connection.ReadXmlAsync(design.Name, inactive: false, cancellationToken));
        return StorageEvidence.Between(
            begin, end, DesignSetup.VirtualCpus(running), DesignSetup.Observed(running, XElement.Parse(design.Xml), design.Disks, state, intervals),
            console is { Found: true } ? console.AfterSeconds : null);
    }

    /// <summary>By how much the host's clock is surely off, as it was found when the host was last probed; null when nobody looked.</summary>
    private static double? ClockOf(KvmHost host)
    {
        try
        {
            return StoredFacts.Read(host).Clock is { } clock ? Math.Sign(clock.OffsetSeconds) * Math.Max(0, Math.Abs(clock.OffsetSeconds) - clock.UncertaintySeconds) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task<Evidence> EvidenceAsync(
        LibvirtConnection connection, RunWork work, Vm vm, DomainXml design, ConsoleFinding? console, TimeSpan up, CancellationToken cancellationToken) =>
        await BasisAsync(work, cancellationToken) with
        {
            Disks = [.. (await work.DisksAsync(cancellationToken)).Select(x => new DiskProof(x.DiskKey, x.Label, x.SourceHash, x.DestinationHash, x.ReadBackBy))],
            Console = console,
            Identity = await CompareIdentityAsync(connection, work, vm, design.Name, up, cancellationToken),
            SourceMachine = await sourceFacts.MachineOfAsync(work, vm, cancellationToken),
            DestinationMachine = await MachineOfAsync(connection, cancellationToken),
        };

    /// <summary>What is known of the VM's latency before anything was observed here.</summary>
    private async Task<Evidence> BasisAsync(RunWork work, CancellationToken cancellationToken) => new()
    {
        VmName = work.Run.VmName,
        Disks = [],
        Baseline = await LoadBaselineAsync(work, cancellationToken),
        Histograms = await baselines.LoadHistogramsAsync(work.Source.Id, work.Run.VmKey, cancellationToken),
        SourceIsSimulated = await sourceFacts.IsSimulatedAsync(work, cancellationToken),
        DomainType = RunDomains.DomainTypeOf(work.KvmHost),
    };

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
