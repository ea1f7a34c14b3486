using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Api.Problems;
using Migrate.Executor.Destinations;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Hosts;

/// <summary>Adds and probes KVM hosts.</summary>
internal sealed class HostRegister(IDbContextFactory<MigrateDb> databases, TimeProvider time)
{
    private static readonly string[] DomainTypes = ["auto", "kvm", "qemu"];
    private static readonly string[] Attachments = ["backing", "nvme-tcp"];

    public async Task<KvmHost> AddAsync(AddHost request, CancellationToken cancellationToken)
    {
        Check(request);
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        if (await db.KvmHosts.AnyAsync(h => h.Name == request.Name, cancellationToken))
        {
            throw new MigrateException("host.exists", $"There is already a host named '{request.Name}'.", "Choose another name, or probe that host again.");
        }

        var host = new KvmHost { Id = Guid.NewGuid(), Name = request.Name, Uri = request.Uri, DomainType = request.DomainType, Attachment = request.Attachment };
        await ProbeAsync(host, request.ProbeKernel, cancellationToken);
        db.KvmHosts.Add(host);
        await db.SaveChangesAsync(cancellationToken);
        return host;
    }

    public async Task<KvmHost> ProbeAgainAsync(string name, string? probeKernel, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var host = await db.KvmHosts.SingleOrDefaultAsync(h => h.Name == name, cancellationToken)
            ?? throw new MigrateException("host.unknown", $"There is no host named '{name}'.", "See 'migrate host list'.");
        await ProbeAsync(host, probeKernel, cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        return host;
    }

    public static HostView ViewOf(KvmHost host)
    {
        using var facts = JsonDocument.Parse(host.Facts);
        return new HostView(
            host.Name, host.Uri, host.DomainType, host.DomainType == "auto" ? host.ProbedDomainType : host.DomainType,
            host.ProbeDetail, host.ProbedAt, host.Attachment, facts.RootElement.Clone());
    }

    private async Task ProbeAsync(KvmHost host, string? probeKernel, CancellationToken cancellationToken)
    {
        KvmHostFacts facts;
        await using (var connection = await LibvirtConnection.OpenAsync(host.Uri, time, cancellationToken))
        {
            facts = await HostProbe.ProbeAsync(connection, cancellationToken);
        }

        var acceleration = await AccelerationOfAsync(host, facts, probeKernel, cancellationToken);
        host.Facts = JsonSerializer.Serialize(facts, Json.Options);
        host.ProbedDomainType = acceleration.DomainType;
        host.ProbeDetail = acceleration.Remedy is null ? acceleration.Detail : $"{acceleration.Detail.TrimEnd('.')}. {acceleration.Remedy}";
        host.ProbedAt = time.GetUtcNow().UtcDateTime;
    }

    private async Task<Acceleration> AccelerationOfAsync(KvmHost host, KvmHostFacts facts, string? probeKernel, CancellationToken cancellationToken)
    {
        if (host.DomainType != "auto")
        {
            return new Acceleration(host.DomainType, Proven: false, $"Type '{host.DomainType}' is the operator's word; acceleration was not probed.", null);
        }

        if (facts.Kernel is null)
        {
            // The probe boots a kernel with this machine's QEMU, which says nothing of another machine.
            return new Acceleration(
                "qemu", Proven: false, "The host is another machine, where acceleration cannot be probed: not proven, so domains get type 'qemu'.",
                "If KVM is known to work there, add the host with --domain-type kvm.");
        }

        return await new AccelerationProbe { KernelPath = probeKernel }.RunAsync(time, cancellationToken);
    }

    private static void Check(AddHost request)
    {
        var errors = new List<string>();
        Naming.Check(request.Name, errors);
        if (string.IsNullOrWhiteSpace(request.Uri) || !request.Uri.Contains(':'))
        {
            errors.Add("uri: a libvirt connection URI, e.g. qemu:///system.");
        }

        if (!DomainTypes.Contains(request.DomainType))
        {
            errors.Add("domainType: auto, kvm or qemu.");
        }

        if (!Attachments.Contains(request.Attachment))
        {
            errors.Add("attachment: backing or nvme-tcp.");
        }

        if (errors.Count > 0)
        {
            throw new InvalidRequestException("host.invalid", $"The host was not added: {Text.Count(errors.Count, "problem")}.", errors);
        }
    }
}
