using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Tests.Jobs;
using Migrate.Executor.Waves;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Executor.Tests.Waves;

/// <summary>What was copied of a source, cold or warm, corrects what is forecast for the rest of it.</summary>
[UsesDatabase]
public sealed class ReachedRatesTests : IAsyncLifetime
{
    private const long Expected = 100_000_000;
    private static readonly DateTime Began = new(2026, 1, 2, 3, 0, 0, DateTimeKind.Utc);
    private RunsDatabase _database = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await RunsDatabase.CreateAsync();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Cold_copies_are_learned_from()
    {
        var source = await CopiedAsync(warm: false, 0.5, 0.25, 0.75);

        (await new ReachedRates(_database).FactorAsync(source, Cancel)).Factor.ShouldBe(0.5, 0.001);
    }

    [Fact]
    public async Task First_passes_are_learned_from_and_later_ones_are_not()
    {
        var source = await CopiedAsync(warm: true, 2, 1.5, 3);

        var (factor, from) = await new ReachedRates(_database).FactorAsync(source, Cancel);

        factor.ShouldBe(2, 0.001);
        from.ShouldStartWith("3 disks");
    }

    [Fact]
    public async Task Two_disks_are_too_few()
    {
        var source = await CopiedAsync(warm: true, 0.1, 0.1);

        (await new ReachedRates(_database).FactorAsync(source, Cancel)).ShouldBe((1, ""));
    }

    [Fact]
    public async Task What_another_source_reached_says_nothing_of_this_one()
    {
        await CopiedAsync(warm: false, 0.5, 0.5, 0.5);
        var other = await CopiedAsync(warm: false, 2);

        (await new ReachedRates(_database).FactorAsync(other, Cancel)).Factor.ShouldBe(1);
    }

    /// <summary>One run with a disk per ratio of what was reached to what was expected; passes after a first one are ten times as slow.</summary>
    private async Task<Guid> CopiedAsync(bool warm, params double[] reached)
    {
        const long bytes = 1L << 30;
        var run = await _database.AddRunAsync(RunPhase.Completed, null);
        await using var db = _database.CreateDbContext();
        List<PlannedDisk> planned = [.. reached.Select((_, i) => new PlannedDisk
        {
            Key = 2000 + i, Label = $"Hard disk {i}", CapacityBytes = bytes, FileName = "", Reader = "https-folder", Why = "", ExpectedBytesPerSecond = Expected, NamespaceUuid = Guid.NewGuid(),
        })];
        (await db.PlanVms.SingleAsync(x => x.Id == run.PlanVmId, Cancel)).Disks = JsonSerializer.Serialize<IReadOnlyList<PlannedDisk>>(planned, PlannerJson.Default.IReadOnlyListPlannedDisk);
        foreach (var number in warm ? [1, 2] : Array.Empty<int>())
        {
            var pass = new RunPass { Id = Guid.NewGuid(), RunId = run.Id, Number = number, StartedAt = Began.AddHours(number), Outcome = PassOutcome.Completed };
            db.Add(pass);
            db.AddRange(planned.Zip(reached, (disk, ratio) => new RunPassDisk
            {
                Id = Guid.NewGuid(),
                PassId = pass.Id,
                DiskKey = disk.Key,
                Label = disk.Label,
                Basis = number == 1 ? PassBasis.UsedAreas : PassBasis.Changes,
                Reason = "",
                StartedAt = pass.StartedAt,
                FinishedAt = pass.StartedAt.AddSeconds(bytes / (Expected * ratio) * (number == 1 ? 1 : 10)),
                BytesRead = bytes,
            }));
        }

        // The disks' rows have sums over all passes, and the times of the last one.
        db.AddRange(planned.Zip(reached, (disk, ratio) => new RunDisk
        {
            Id = Guid.NewGuid(),
            RunId = run.Id,
            DiskKey = disk.Key,
            Label = disk.Label,
            CapacityBytes = bytes,
            Reader = disk.Reader,
            NamespaceUuid = disk.NamespaceUuid,
            BytesRead = bytes,
            CopyStartedAt = Began,
            CopyFinishedAt = Began.AddSeconds(bytes / (Expected * ratio) * (warm ? 100 : 1)),
        }));
        await db.SaveChangesAsync(Cancel);
        return await db.Plans.Where(x => x.Id == run.PlanId).Select(x => x.SourceId).SingleAsync(Cancel);
    }
}
