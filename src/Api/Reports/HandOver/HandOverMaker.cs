using System.Security.Cryptography;
using System.Text.Json;
using System.Xml;
using System.Xml.Linq;
using Microsoft.EntityFrameworkCore;
using Migrate.Api.Hosting;
using Migrate.Api.Reports.Formats;
using Migrate.Executor.Manifests;
using Migrate.Executor.Runs.Gates;
using Migrate.Executor.Validation;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Reports.HandOver;

/// <summary>Collects what is handed over with one VM.</summary>
internal sealed class HandOverMaker(ReportMaker runs, IDbContextFactory<MigrateDb> databases, RunManifests manifests, PlanChecks checks, TimeProvider time)
{
    public async Task<HandOverReport> MakeAsync(Guid runId, CancellationToken cancellationToken)
    {
        var report = await runs.OfRunAsync(runId, cancellationToken);
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var run = await db.Runs.AsNoTracking().SingleAsync(x => x.Id == runId, cancellationToken);
        var plan = await db.Plans.AsNoTracking().SingleAsync(x => x.Id == run.PlanId, cancellationToken);
        var vm = await db.PlanVms.AsNoTracking().SingleAsync(x => x.Id == run.PlanVmId, cancellationToken);
        var disks = await db.RunDisks.AsNoTracking().Where(x => x.RunId == runId).OrderBy(x => x.DiskKey).ToListAsync(cancellationToken);
        var overrides = await db.ConcernOverrides.AsNoTracking().Where(x => x.PlanId == plan.Id && x.VmKey == run.VmKey).ToListAsync(cancellationToken);
        var found = PlanChecks.Findings(await checks.LatestAsync(plan.Id, cancellationToken));
        IReadOnlyList<Concern> concerns = [.. (JsonSerializer.Deserialize(vm.Concerns, PlannerJson.Default.IReadOnlyListConcern) ?? []).Concat(PlanChecks.Of(found, run.VmKey)).OrderByDescending(x => x.Severity)];
        var verdict = Verdict.Of(run);
        var proven = await ProvenAsync(run.Id, disks, cancellationToken);
        var deviations = Deviations.Of(new DeviationFacts(run, vm, PlannerJson.Read(plan.Policy, PlannerJson.Default.PlanPolicy), disks, time.GetUtcNow().UtcDateTime));
        IReadOnlyList<AcceptedRisk> risks = [.. AcceptedRisks.Of(overrides), .. AcceptedRisks.Of(run)];
        return new HandOverReport
        {
            ToolVersion = ProductVersion.Value,
            GeneratedAt = time.GetUtcNow().UtcDateTime,
            Answer = HandOverAnswer.Of(run, verdict, deviations, [.. proven.Values]),
            RunId = run.Id,
            Vm = run.VmName,
            Plan = plan.Name,
            Wave = run.Wave,
            Mode = vm.Mode,
            Phase = run.Phase,
            Outcome = verdict?.Outcome,
            Attempt = run.Attempt,
            StartedAt = run.StartedAt,
            FinishedAt = run.FinishedAt,
            Failure = report.Failure,
            From = new HandOverPlace(report.Source.Name, report.Source.Url, report.Source.Host,
                [report.Source.Product, report.Source.Guest, $"{report.Source.Cpus} vCPUs, {Text.Bytes(report.Source.MemoryBytes)} memory, firmware {report.Source.Firmware}", $"inventory version {report.Source.InventoryVersion}"]),
            To = new HandOverPlace(report.Destination.Host, report.Destination.Uri, run.DomainName ?? "no domain yet",
                [
                    report.Destination.DomainType is { } type ? $"domain type {type}" : "domain type not probed",
                    report.Destination.Attachment == "backing" ? "opens the target's files on the same machine" : "attached by the host's NVMe/TCP initiator",
                ]),
            Downtime = report.Downtime,
            Disks = [.. disks.Zip(report.Disks, (disk, shown) => DiskOf(run, disk, shown, proven.GetValueOrDefault(disk.DiskKey)))],
            Key = new HandOverKey(manifests.Key.Id, manifests.Key.PublicPem),
            Aspects = report.Aspects,
            Identity = IdentityRows.Of(verdict?.Identity),
            FailedVerdict = FailedVerdict.Of(run),
            Concerns = concerns,
            AcceptedRisks = risks,
            Deviations = deviations,
            Settings = report.Destination.Reasons,
            DomainXml = run.DomainXml,
            SourceChanges = report.SourceChanges,
            WayBack = WayBack.Of(run),
            VerifyAgain =
            [
                new($"migrate verify {run.Id}", "The server reads every disk's namespace again and compares it with its manifest. What the guest has written since differs."),
                new($"migrate report export {run.Id} --manifests {FileNames.Of(run.VmName)}/", "Writes the signed manifests and the public key into a directory."),
                .. disks.Take(1).Select(x => new HandOverCommand(
                    $"openssl dgst -sha256 -verify installation.pub -signature disk-{x.DiskKey}.manifest.sig disk-{x.DiskKey}.manifest", "Checks a signature without this product.")),
                .. disks.Take(1).Select(x => new HandOverCommand(
                    $"migrate verify disk-{x.DiskKey}.manifest --public-key installation.pub --device PATH", "Compares any copy of the disk, on any machine.")),
            ],
        };
    }

    /// <summary>Manifests by disk; reading one is a matter of 32 MiB for a TiB of data.</summary>
    private async Task<Dictionary<int, HandOverManifest>> ProvenAsync(Guid runId, List<RunDisk> disks, CancellationToken cancellationToken)
    {
        Dictionary<int, HandOverManifest> proven = [];
        foreach (var disk in disks)
        {
            var path = manifests.PathOf(runId, disk.DiskKey);
            if (!File.Exists(path) || !File.Exists(ManifestFile.SignatureOf(path)))
            {
                continue;
            }

            var signature = await File.ReadAllBytesAsync(ManifestFile.SignatureOf(path), cancellationToken);
            await using var file = File.OpenRead(path);
            var hash = await SHA256.HashDataAsync(file, cancellationToken);
            using var key = ECDsa.Create();
            key.ImportFromPem(manifests.Key.PublicPem);
            using var about = ManifestFile.Open(path);
            proven[disk.DiskKey] = new HandOverManifest(
                file.Length, Convert.ToHexStringLower(hash), Convert.ToBase64String(signature), about.Manifest.KeyId, key.VerifyHash(hash, signature, DSASignatureFormat.Rfc3279DerSequence));
        }

        return proven;
    }

    private static HandOverDisk DiskOf(Run run, RunDisk disk, ReportDisk shown, HandOverManifest? manifest) => new()
    {
        DiskKey = disk.DiskKey,
        Label = disk.Label,
        SourceDatastore = shown.Datastore,
        SourceFile = shown.FileName,
        Destination = OpenedBy(run.DomainXml, disk.NamespaceUuid) ?? "not attached yet",
        NamespaceUuid = disk.NamespaceUuid,
        CapacityBytes = disk.CapacityBytes,
        BytesRead = disk.BytesRead,
        BytesWritten = disk.BytesWritten,
        BytesZero = disk.BytesZero,
        CopySeconds = shown.CopySeconds,
        BytesPerSecond = shown.CopySeconds > 0 ? disk.BytesRead / shown.CopySeconds : null,
        SourceHash = disk.SourceHash,
        DestinationHash = disk.DestinationHash,
        Equal = shown.Equal,
        ReadBackBy = disk.ReadBackBy,
        VerifiedAt = disk.VerifiedAt,
        Manifest = manifest,
    };

    /// <summary>What the domain opens for a namespace; both kinds of places have its UUID in their names.</summary>
    private static string? OpenedBy(string? xml, Guid uuid)
    {
        try
        {
            return xml is null ? null : XDocument.Parse(xml).Descendants("source").Select(x => x.Attribute("file")?.Value ?? x.Attribute("dev")?.Value)
                .FirstOrDefault(x => x?.Contains(uuid.ToString("D"), StringComparison.OrdinalIgnoreCase) == true || x?.Contains(uuid.ToString("N"), StringComparison.OrdinalIgnoreCase) == true);
        }
        catch (XmlException)
        {
            return null;
        }
    }
}
