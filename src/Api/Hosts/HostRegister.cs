using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Api.Problems;
using Migrate.Executor.Attachments;
using Migrate.Executor.Destinations;
using Migrate.Executor.Preflight;
using Migrate.Executor.Preflight.Paths;
using Migrate.Planner;
using Migrate.Planner.Baselines.Histograms;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Hosts;

/// <summary>Adds and probes KVM hosts.</summary>
internal sealed class HostRegister(IDbContextFactory<MigrateDb> databases, HostPreflight preflight, TimeProvider time)
{
    private static readonly string[] DomainTypes = ["auto", "kvm", "qemu"];
    private static readonly string[] Attachments = ["backing", "nvme-tcp"];
    // An NQN has 223 at most; what is longer is not compared with names of targets, and not repeated in an answer.
    private const int LongestText = 1000;

    public async Task<KvmHost> AddAsync(AddHost request, CancellationToken cancellationToken)
    {
        var targets = Check(request);
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        if (await db.KvmHosts.AnyAsync(h => h.Name == request.Name, cancellationToken))
        {
            throw new MigrateException("host.exists", $"There is already a host named '{request.Name}'.", "Choose another name, or probe that host again.");
        }

        var host = new KvmHost { Id = Guid.NewGuid(), Name = request.Name, Uri = request.Uri, DomainType = request.DomainType, TargetAddresses = TargetAddresses.Kept(targets) };
        host.Attachment = request.Attachment ?? host.EffectiveAttachment;
        await ProbeAsync(host, new ProbeHost(request.ProbeKernel, request.Fio), cancellationToken);
        db.KvmHosts.Add(host);
        await db.SaveChangesAsync(cancellationToken);
        return host;
    }

    public async Task<KvmHost> ProbeAgainAsync(string name, ProbeHost request, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var host = await FindAsync(db, name, cancellationToken);
        await ProbeAsync(host, request, cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        return host;
    }

    /// <summary>Keeps what was read of the host; what was tried of a target is only told.</summary>
    public async Task<HostCheck> CheckAsync(string name, CheckHost request, CancellationToken cancellationToken)
    {
        var asked = Check(request);
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var host = await FindAsync(db, name, cancellationToken);
        if (asked is not null && IPAddress.IsLoopback(asked.Address) && !HostProbe.IsThisMachine(host.Uri))
        {
            throw Refused(["target: a loopback address is the host itself; give the address that the host reaches the target by."]);
        }

        var read = await preflight.ReadAsync(host, [], asked, request.Nqn, cancellationToken);
        host.Facts = StoredFacts.Write(read.Facts);
        await db.SaveChangesAsync(cancellationToken);
        return new HostCheck(ViewOf(host) with { Findings = PreflightRules.Judge(read) }, read.Paths, read.Ports, read.KnownNqns);
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
                "If KVM is known to work there, add the host with --domain-type kvm.");
        }

        return await new AccelerationProbe { KernelPath = probeKernel }.RunAsync(time, cancellationToken);
    }

    private static async Task<KvmHost> FindAsync(MigrateDb db, string name, CancellationToken cancellationToken) =>
        await db.KvmHosts.SingleOrDefaultAsync(h => h.Name == name, cancellationToken)
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

    private static List<AskedTarget> Check(AddHost request)
    {
        var errors = new List<string>();
        Naming.Check(request.Name, errors);
        var problems = new List<string>();
        _ = LibvirtUri.TryParse(request.Uri, problems);
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
            throw new InvalidRequestException("host.invalid", $"The host was not added: {Text.Count(errors.Count, "problem")}.", errors);
        }

        return targets;
    }
}
