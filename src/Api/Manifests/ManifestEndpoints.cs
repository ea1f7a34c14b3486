using System.Security.Claims;
using Migrate.Api.Operations;
using Migrate.Api.Runs;
using Migrate.Api.Security;
using Migrate.Executor.Manifests;
using Migrate.Executor.Runs;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Manifests;

internal static class ManifestEndpoints
{
    private const string Binary = "application/octet-stream";

    public static void MapManifests(this RouteGroupBuilder api)
    {
        var group = api.MapGroup("").WithTags("Manifests");
        group.MapGet("manifests/key", (RunManifests manifests) => Results.Text(manifests.Key.PublicPem, "application/x-pem-file"))
            .WithName("GetManifestKey").WithSummary("The public key that manifests are signed with, as PEM.").Produces<string>(200, "application/x-pem-file");
        group.MapGet("runs/{id:guid}/manifests", ListAsync)
            .WithName("GetRunManifests").WithSummary("The manifests of a run's disks; there are none before its cutover.").ProducesProblem(404);
        group.MapGet("runs/{id:guid}/manifests/{disk:int}", async (Guid id, int disk, RunManifests manifests, CancellationToken cancellationToken) =>
            Results.File(await manifests.ExistingAsync(id, disk, cancellationToken), Binary))
            .WithName("GetManifest").WithSummary("A manifest, as its signature is of it.").Produces<string>(200, Binary).ProducesProblem(404);
        group.MapGet("runs/{id:guid}/manifests/{disk:int}/signature", async (Guid id, int disk, RunManifests manifests, CancellationToken cancellationToken) =>
            Results.File(ManifestFile.SignatureOf(await manifests.ExistingAsync(id, disk, cancellationToken)), Binary))
            .WithName("GetManifestSignature").WithSummary("The manifest's signature: ECDSA on P-256 over its SHA-256, in DER.").Produces<string>(200, Binary).ProducesProblem(404);
        group.MapPost("runs/{id:guid}/manifests/{disk:int}/verify", async (Guid id, int disk, ClaimsPrincipal user, LongActs acts, CancellationToken cancellationToken) =>
            OperationEndpoints.Answer(await acts.VerifyAsync(id, disk, Caller.Name(user, null), cancellationToken)))
            .Needs(Role.Operator).WithName("VerifyManifest").WithSummary("Begins to read a disk's namespace again and to compare it with its manifest.").ProducesProblem(404);
    }

    private static async Task<IReadOnlyList<ManifestView>> ListAsync(Guid id, RunManifests manifests, RunStore runs, RunViews views, CancellationToken cancellationToken)
    {
        await views.DetailAsync(id, cancellationToken);
        return
        [
            .. (await runs.DisksAsync(id, cancellationToken)).Select(x => (x.DiskKey, x.Label, File: new FileInfo(manifests.PathOf(id, x.DiskKey))))
                .Where(x => x.File.Exists).Select(x => new ManifestView(x.DiskKey, x.Label, x.File.Length)),
        ];
    }
}
