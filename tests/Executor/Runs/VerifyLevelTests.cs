using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Executor.Tests.Jobs;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Tests.Runs;

/// <summary>A plan says how its copies are proven; what is read for it is counted at the source.</summary>
public sealed class VerifyLevelTests(PostgresCluster postgres)
{
    private const long MiB = 1 << 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(VerifyLevel.ReadBack, false, 1, true, "what the namespace gives back has the same hash")]
    [InlineData(VerifyLevel.ReadBack, true, 1, true, "8 extents were read back while it was copied")]
    [InlineData(VerifyLevel.Source, false, 2, true, "the source gave the same once more, and so does the namespace")]
    [InlineData(VerifyLevel.Sample, false, 1, false, "is verified by a sample: 8 of 8 extents")]
    public async Task A_copy_is_proven_as_its_plan_wants_it(VerifyLevel level, bool whileCopying, int timesRead, bool hasHash, string says)
    {
        await using var site = await SeedingSite.OpenAsync(postgres, 8 * MiB);
        using var host = site.Build("one");
        await host.Services.GetRequiredService<MigrateDatabase>().MigrateAsync(Cancellation);
        var run = await site.AddSeedingRunAsync(host.Services, x => x with { Verify = level, VerifyWhileCopying = whileCopying });
        await host.StartAsync(Cancellation);

        await Eventually.BecomesTrueAsync(async () => (await SeedingSite.DiskAsync(host.Services, run)).VerifiedAt is not null, "it is copied and proven");

        site.Simulator.DiskBytesSent.ShouldBe(timesRead * 8 * MiB);
        var disk = await SeedingSite.DiskAsync(host.Services, run);
        disk.SourceHash.ShouldNotBeNull();
        disk.DestinationHash.ShouldBe(hasHash ? disk.SourceHash : null);
        await Eventually.BecomesTrueAsync(async () =>
        {
            await using var db = await host.Services.GetRequiredService<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancellation);
            return await db.RunEvents.AnyAsync(x => x.RunId == run && x.Message.Contains(says), Cancellation);
        }, "its log says how");
        await host.StopAsync(Cancellation);
    }
}
