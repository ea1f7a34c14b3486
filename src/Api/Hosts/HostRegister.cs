using System.Data;
using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Api.Problems;
using Migrate.Executor.Attachments;
using Migrate.Executor.Destinations;
using Migrate.Executor.Preflight;
using Migrate.Executor.Preflight.Paths;
using Migrate.Executor.Runs;
using Migrate.Planner;
using Migrate.Planner.Baselines.Histograms;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Hosts;

/// <summary>Adds and probes KVM hosts.</summary>
internal sealed class HostRegister(IDbContextFactory<MigrateDb> databases, HostPreflight preflight, TimeProvider time)
{
    private const int MostTries = 3;
    private static readonly string[] DomainTypes = ["auto", "kvm", "qemu"];
    private static readonly string[] Attachments = ["backing", "nvme-tcp"];
    // An NQN has 223 at most; what is longer is not compared with names of targets, and not repeated in an answer.
    private const int LongestText = 1000;

    /// <summary>Throws what can be said without asking the host.</summary>
    /// <exception cref="MigrateException">host.invalid, host.exists; what fio's figures have wrong.</exception>
    public async Task RefuseAsync(AddHost request, CancellationToken cancellationToken)
    {
        Check(request);
        _ = request.Fio is null ? null : FioRates.Parse(request.Fio);
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        if (await db.KvmHosts.AnyAsync(h => h.Name == request.Name, cancellationToken))
        {
            throw new MigrateException("host.exists", $"There is already a host named '{request.Name}'.", "Choose another name, or probe that host again.");
        }
    }

    /// <summary>Of one name, one at a time.</summary>
    public async Task<KvmHost> AddAsync(AddHost request, CancellationToken cancellationToken)
    {
        await RefuseAsync(request, cancellationToken);
        var host = new KvmHost { Id = Guid.NewGuid(), Name = request.Name, Uri = request.Uri, DomainType = request.DomainType, TargetAddresses = TargetAddresses.Kept(Check(request)) };
        host.Attachment = request.Attachment ?? host.EffectiveAttachment;
        await ProbeAsync(host, new ProbeHost(request.ProbeKernel, request.Fio), cancellationToken);
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        db.KvmHosts.Add(host);
        cancellationToken.ThrowIfCancellationRequested();
        await db.SaveChangesAsync(CancellationToken.None); // It is there or it is not: who stops it now is told that it is.
        return host;
    }

    /// <summary>Throws what can be said without asking the host.</summary>
    /// <returns>The change, of the host as it is now.</returns>
    /// <exception cref="MigrateException">host.unknown, host.invalid, host.busy.</exception>
    public async Task<HostChange> RefuseAsync(string name, UpdateHost request, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var host = await FindAsync(db.KvmHosts.AsNoTracking(), name, cancellationToken);
        if (request is { Uri: null, DomainType: null, Attachment: null, Targets: null })
        {
            throw new InvalidRequestException("host.invalid", "The host was not changed: 1 problem.", ["Give a URI, a domain type, an attachment or targets: at least one of them."]);
        }

        var before = HostPlace.Of(host);
        var told = TargetAddresses.Told(host).Select(x => x.ToString());
        var targets = Check(
            new AddHost(host.Name, request.Uri ?? host.Uri, request.DomainType ?? host.DomainType, null, request.Attachment, null, request.Targets ?? [.. told]), "changed", request.Uri is not null);
        (host.Uri, host.DomainType, host.TargetAddresses) = (request.Uri ?? host.Uri, request.DomainType ?? host.DomainType, TargetAddresses.Kept(targets));
        // What was not chosen follows from where the host is, as when it was added.
        host.Attachment = request.Attachment ?? host.EffectiveAttachment;
        var change = new HostChange(host.Id, host.Name, before, HostPlace.Of(host), request.ProbeKernel);
        await RefuseWhileUsedAsync(db, change, cancellationToken);
        return change;
    }

    /// <exception cref="MigrateException">host.unknown, host.busy, host.changed.busy.</exception>
    public async Task<KvmHost> UpdateAsync(HostChange change, CancellationToken cancellationToken)
    {
        var host = await FindAsync(change, cancellationToken);
        var (before, after, probedAt) = (change.Before, change.After, host.ProbedAt);
        (host.Uri, host.DomainType, host.Attachment, host.TargetAddresses) = (after.Uri, after.DomainType, after.Attachment, after.TargetAddresses);
        if (after.Uri != before.Uri)
        {
            host.Facts = "{}"; // What somebody measured of the storage was the other machine's.
        }

        await ProbeAsync(host, new ProbeHost(change.ProbeKernel), cancellationToken);
        // A wave, maybe of another host, that was started meanwhile takes nothing from what was seen of this one.
        return await LostRaces.AgainAsync(MostTries, () => StoreAsync(change, host, probedAt, cancellationToken));
    }

    private async Task<KvmHost> FindAsync(HostChange change, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var host = await FindAsync(db.KvmHosts.AsNoTracking(), change.Name, cancellationToken);
        if (host.Id != change.Id || HostPlace.Of(host) != change.Before)
        {
            throw ChangedMeanwhile(change.Name);
        }

        await RefuseWhileUsedAsync(db, change, cancellationToken);
        return host;
    }

    /// <param name="change">What is to be.</param>
    /// <param name="host">As it was seen with that.</param>
    /// <param name="probedAt">Its last probe before: what somebody measured since would be lost.</param>
    /// <param name="cancellationToken">Ends it before anything is kept.</param>
    private async Task<KvmHost> StoreAsync(HostChange change, KvmHost host, DateTime? probedAt, CancellationToken cancellationToken)
    {
        var before = change.Before;
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        // A probe takes its time. Serializable: a wave that starts meanwhile must find the host as it is then, or this must find its runs.
        await using var transaction = await db.Database.BeginTransactionAsync(IsolationLevel.Serializable, cancellationToken);
        await RefuseWhileUsedAsync(db, change, cancellationToken);
        var changed = await db.KvmHosts
            .Where(x => x.Id == host.Id && x.ProbedAt == probedAt && x.Uri == before.Uri && x.DomainType == before.DomainType && x.Attachment == before.Attachment && x.TargetAddresses == before.TargetAddresses).ExecuteUpdateAsync(
            set => set.SetProperty(x => x.Uri, host.Uri).SetProperty(x => x.DomainType, host.DomainType).SetProperty(x => x.Attachment, host.Attachment).SetProperty(x => x.TargetAddresses, host.TargetAddresses)
                .SetProperty(x => x.Facts, host.Facts).SetProperty(x => x.ProbedDomainType, host.ProbedDomainType).SetProperty(x => x.ProbeDetail, host.ProbeDetail).SetProperty(x => x.ProbedAt, host.ProbedAt),
            cancellationToken);
        if (changed == 0)
        {
            throw ChangedMeanwhile(change.Name);
        }

        cancellationToken.ThrowIfCancellationRequested();
        await transaction.CommitAsync(CancellationToken.None); // It is changed or it is not: who stops it now is told that it is.
        return host;
    }

    /// <exception cref="MigrateException">host.unknown, host.in-use.</exception>
    public async Task RemoveAsync(string name, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        // Serializable: a plan that is made meanwhile must not find the host, or this must find the plan.
        await using var transaction = await db.Database.BeginTransactionAsync(IsolationLevel.Serializable, cancellationToken);
        var host = await FindAsync(db.KvmHosts, name, cancellationToken);
        if (await db.Plans.Where(x => x.KvmHostId == host.Id).OrderBy(x => x.Name).Select(x => x.Name).FirstOrDefaultAsync(cancellationToken) is { } plan)
        {
            throw new MigrateException("host.in-use", $"The host '{host.Name}' is used by plan '{plan}', whose history would lose its meaning.", "Keep the host; change it with 'migrate host update', or remove the plan first.");
        }

        await db.KvmHosts.Where(x => x.Id == host.Id).ExecuteDeleteAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>
    /// Runs that are under way find their domains by what the host was when they began. Those that are completed look there, too, when they are rolled back: were the host another machine by
    /// then, the guest would go on there while its source starts.
    /// </summary>
    private static async Task RefuseWhileUsedAsync(MigrateDb db, HostChange change, CancellationToken cancellationToken)
    {
        var isElsewhere = change.IsElsewhere;
        var runs = db.Runs.Where(x => db.Plans.Any(plan => plan.Id == x.PlanId && plan.KvmHostId == change.Id));
        var holding = isElsewhere ? runs.Where(x => x.Phase != RunPhase.RolledBack || x.Request != null) : runs.Where(x => !RunPhases.Final.Contains(x.Phase) || x.Request != null);
        if (await holding.OrderBy(x => x.VmName).Select(x => new { x.VmName, x.Phase }).FirstOrDefaultAsync(cancellationToken) is { } run)
        {
            throw new MigrateException(
                "host.busy", $"The host '{change.Name}' was not changed: the run of '{run.VmName}' to it is {run.Phase}.",
                isElsewhere
                    ? "Add the machine as another host. Address, attachment and targets stay while a run that was not rolled back has its domain there, also a completed one: the way back leads there."
                    : "Wait until its runs are over ('migrate run judge' ends one that is Validating), or roll them back.");
        }
    }

    private static MigrateException ChangedMeanwhile(string name) => new("host.changed.busy", $"The host '{name}' was changed by somebody else while it was probed.", "Look at it again, and say once more what is to be done.");

    /// <summary>Throws what can be said without asking the host.</summary>
    public async Task<Guid> RefuseAsync(string name, ProbeHost request, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var host = await FindAsync(db.KvmHosts.AsNoTracking(), name, cancellationToken);
        _ = request.Fio is null ? null : FioRates.Parse(request.Fio);
        return host.Id;
    }

    /// <summary>Throws what can be said without asking the host.</summary>
    public async Task<Guid> RefuseAsync(string name, CheckHost request, CancellationToken cancellationToken) => (await CheckableAsync(name, request, cancellationToken)).Host.Id;

    public async Task<KvmHost> ProbeAgainAsync(string name, ProbeHost request, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var host = await FindAsync(db.KvmHosts.AsNoTracking(), name, cancellationToken);
        await ProbeAsync(host, request, cancellationToken);
        var probed = await db.KvmHosts.Where(x => x.Id == host.Id && x.Uri == host.Uri && x.DomainType == host.DomainType).ExecuteUpdateAsync(
            set => set.SetProperty(x => x.Facts, host.Facts).SetProperty(x => x.ProbedDomainType, host.ProbedDomainType).SetProperty(x => x.ProbeDetail, host.ProbeDetail).SetProperty(x => x.ProbedAt, host.ProbedAt),
            cancellationToken);
        return probed > 0 ? host : throw ChangedMeanwhile(name);
    }

    /// <summary>Keeps what was read of the host; what was tried of a target is only told.</summary>
    public async Task<HostCheck> CheckAsync(string name, CheckHost request, CancellationToken cancellationToken)
    {
        var (host, asked) = await CheckableAsync(name, request, cancellationToken);
        var read = await preflight.ReadAsync(host, [], asked, request.Nqn, cancellationToken);
        host.Facts = StoredFacts.Write(read.Facts);
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        await db.KvmHosts.Where(x => x.Id == host.Id && x.Uri == host.Uri).ExecuteUpdateAsync(set => set.SetProperty(x => x.Facts, host.Facts), cancellationToken);
        return new HostCheck(ViewOf(host) with { Findings = PreflightRules.Judge(read) }, read.Paths, read.Ports, read.KnownNqns);
    }

    private async Task<(KvmHost Host, AskedTarget? Asked)> CheckableAsync(string name, CheckHost request, CancellationToken cancellationToken)
    {
        var asked = Check(request);
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var host = await FindAsync(db.KvmHosts.AsNoTracking(), name, cancellationToken);
        return asked is not null && IPAddress.IsLoopback(asked.Address) && !HostProbe.IsThisMachine(host.Uri)
            ? throw Refused(["target: a loopback address is the host itself; give the address that the host reaches the target by."])
            : (host, asked);
    }

    public async Task<HostView> FindViewAsync(string name, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return ViewOf(await FindAsync(db.KvmHosts, name, cancellationToken));
    }

    public HostView ViewOf(KvmHost host)
    {
        using var facts = JsonDocument.Parse(host.Facts);
        IReadOnlyList<Concern> findings = FactsOf(facts.RootElement) is { } read
            ? PreflightRules.Judge(new PreflightContext { Host = host.Name, Facts = read, Attachment = host.EffectiveAttachment, Now = time.GetUtcNow().UtcDateTime })
            : [];
        return new HostView(
            host.Name, host.Uri, host.DomainType, host.DomainType == "auto" ? host.ProbedDomainType : host.DomainType,
            host.ProbeDetail, host.ProbedAt, host.EffectiveAttachment, [.. TargetAddresses.Told(host).Select(one => one.ToString())], facts.RootElement.Clone(), findings);
    }

    /// <summary>Null before the first probe, and for facts of a release that read less.</summary>
    public static KvmHostFacts? FactsOf(JsonElement stored)
    {
        try
        {
            return stored.Deserialize<KvmHostFacts>(Json.Options) is { ReadAt: not null } facts ? facts : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task ProbeAsync(KvmHost host, ProbeHost request, CancellationToken cancellationToken)
    {
        // What somebody measured outlives a probe, which does not measure it.
        var storage = request.Fio is null ? TargetHost.Of(host).Facts?.Storage : StorageOf(FioRates.Parse(request.Fio));
        KvmHostFacts facts;
        await using (var connection = await LibvirtConnection.OpenAsync(host.Uri, time, cancellationToken))
        {
            facts = await new HostFactsReader(time).ReadAsync(connection, HostFactsReader.CommandsFor(host.Uri, time), cancellationToken) with { Storage = storage };
        }

        host.Facts = StoredFacts.Write(facts);
        var acceleration = await AccelerationOfAsync(host, request.ProbeKernel, cancellationToken);
        host.ProbedDomainType = acceleration.DomainType;
        host.ProbeDetail = acceleration.Remedy is null ? acceleration.Detail : $"{acceleration.Detail.TrimEnd('.')}. {acceleration.Remedy}";
        host.ProbedAt = time.GetUtcNow().UtcDateTime;
    }

    private TargetStorage StorageOf(FioRates rates) => new(rates.ReadIops, rates.WriteIops, rates.ReadBytes, rates.WriteBytes, time.GetUtcNow().UtcDateTime);

    private async Task<Acceleration> AccelerationOfAsync(KvmHost host, string? probeKernel, CancellationToken cancellationToken)
    {
        if (host.DomainType != "auto")
        {
            return new Acceleration(host.DomainType, Proven: false, $"Type '{host.DomainType}' is the operator's word; acceleration was not probed.", null);
        }

        if (!HostProbe.IsThisMachine(host.Uri))
        {
            // The probe boots a kernel with this machine's QEMU, which says nothing of another machine.
            return new Acceleration(
                "qemu", Proven: false, "The host is another machine, where acceleration cannot be probed: not proven, so domains get type 'qemu'.",
                "If KVM is known to work there, say so by the domain type kvm: 'migrate host update NAME --domain-type kvm'.");
        }

        return await new AccelerationProbe { KernelPath = probeKernel }.RunAsync(time, cancellationToken);
    }

    private static async Task<KvmHost> FindAsync(IQueryable<KvmHost> hosts, string name, CancellationToken cancellationToken) =>
        await hosts.SingleOrDefaultAsync(h => h.Name == name, cancellationToken)
        ?? throw new MigrateException("host.unknown", $"There is no host named '{name}'.", "See 'migrate host list'.");

    private static AskedTarget? Check(CheckHost request)
    {
        var errors = new List<string>();
        var problems = new List<string>();
        var asked = request.Target is null ? null : AskedTarget.Parse(request.Target, problems);
        errors.AddRange(problems.Select(problem => $"target: {problem}."));
        if (request is { Nqn: not null, Target: null })
        {
            errors.Add("nqn: name the target, too, which is asked for the names that it has.");
        }

        if (request.Nqn is { Length: 0 or > LongestText })
        {
            errors.Add($"nqn: from 1 to {LongestText} characters.");
        }

        return errors.Count == 0 ? asked : throw Refused(errors);
    }

    private static InvalidRequestException Refused(List<string> errors) => new("host.check-invalid", $"The host was not checked: {Text.Count(errors.Count, "problem")}.", errors);

    private static List<AskedTarget> Check(AddHost request, string verb = "added", bool newUri = true)
    {
        var errors = new List<string>();
        Naming.Check(request.Name, errors);
        var problems = new List<string>();
        _ = newUri ? LibvirtUri.TryParse(request.Uri, problems) : null;
        errors.AddRange(problems.Select(problem => $"uri: {problem}."));

        if (!DomainTypes.Contains(request.DomainType))
        {
            errors.Add("domainType: auto, kvm or qemu.");
        }

        var isHere = LibvirtUri.TryParse(request.Uri, []) is { IsThisMachine: true };
        if (request.Attachment is { } attachment && !Attachments.Contains(attachment))
        {
            errors.Add("attachment: backing or nvme-tcp.");
        }
        else if (request.Attachment == "backing" && (!isHere || request.Targets is { Count: > 0 }))
        {
            errors.Add("attachment: backing is for the target's own machine; a host elsewhere, or one that is given a target, attaches by nvme-tcp.");
        }

        List<AskedTarget> targets = [];
        foreach (var text in request.Targets ?? [])
        {
            var wrong = new List<string>();
            var asked = AskedTarget.Parse(text, wrong);
            if (asked is not null && IPAddress.IsLoopback(asked.Address) && !isHere)
            {
                wrong.Add($"{asked.Address} is the host itself; give the address that the host reaches the target by");
            }

            errors.AddRange(wrong.Select(problem => $"targets: {problem}."));
            targets.AddRange(asked is null ? [] : [asked]);
        }

        if (errors.Count > 0)
        {
            throw new InvalidRequestException("host.invalid", $"The host was not {verb}: {Text.Count(errors.Count, "problem")}.", errors);
        }

        return targets;
    }
}
