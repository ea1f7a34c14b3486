using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.Tests.Persistence;
using Migrate.Planner.VSphere;
using Migrate.Planner.VSphere.Updates;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Planner.Tests.VSphere;

/// <summary>
/// What a synchronisation costs, counted and not timed: calls to the server by pages, questions to the database by none of its rows. Both
/// estates have the same hosts, so that what is asked of each host is the same.
/// </summary>
public sealed class SyncCostTests(PostgresCluster postgres)
{
    private const int Hosts = 4;
    private const int Few = 60;
    private const int Many = 560;

    /// <summary>Objects in one answer of a server, and rows in one statement's batch.</summary>
    private const int ServerPage = 250;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task Calls_grow_by_pages_and_questions_to_the_database_not_at_all(Provider provider)
    {
        var few = await CostAsync(provider, Few);
        var many = await CostAsync(provider, Many);

        // One more page of VMs for every 250, in each of the few kinds of reading that go over all of them.
        var pages = (Many + ServerPage - 1) / ServerPage - 1;
        (many.First.Calls - few.First.Calls).ShouldBeInRange(0, 6 * pages, "first synchronisation");
        (many.Unchanged.Calls - few.Unchanged.Calls).ShouldBeInRange(0, pages, "unchanged");
        (many.Changed.Calls - few.Changed.Calls).ShouldBeInRange(0, pages, "three VMs changed");
        (many.Restarted.Calls - few.Restarted.Calls).ShouldBeInRange(0, 6 * pages, "in a new process");

        // Batches of 500 rows are closed and opened apart; reading is not by rows at all.
        foreach (var (what, small, large) in new[]
        {
            ("first", few.First, many.First), ("unchanged", few.Unchanged, many.Unchanged), ("changed", few.Changed, many.Changed), ("restarted", few.Restarted, many.Restarted),
        })
        {
            large.Selects.ShouldBe(small.Selects, what);
        }

        many.Unchanged.Writes.ShouldBe(few.Unchanged.Writes);
        many.Changed.Writes.ShouldBe(few.Changed.Writes);
        many.Restarted.Writes.ShouldBe(few.Restarted.Writes);
        if (provider == Provider.Postgres)
        {
            // SQLite's provider sends one INSERT for each row, in this process and within one transaction; PostgreSQL's sends hundreds at once.
            (many.First.Writes - few.First.Writes).ShouldBeLessThan((Many - Few) / 10);
        }
    }

    private async Task<(Cost First, Cost Unchanged, Cost Changed, Cost Restarted)> CostAsync(Provider provider, int vms)
    {
        var estate = EstateGenerator.Generate(vms, Hosts);
        await using var server = await SimulatorServer.StartAsync(estate, cancellationToken: Cancel);
        await using var database = await TestDatabase.CreateAsync(provider, postgres);
        var source = await database.AddSourceAsync();
        var counter = new Counter();
        var store = new InventoryStore(new Counted(database.Factory, counter), TimeProvider.System);
        await using var sync = Sync();
        var first = await MeasureAsync(sync);
        var unchanged = await MeasureAsync(sync);
        Change(server, estate, 0);
        var changed = await MeasureAsync(sync);
        Change(server, estate, 10);
        await using var restarted = Sync();
        return (first, unchanged, changed, await MeasureAsync(restarted));

        InventorySync Sync() => new(
            source,
            token => VSphereSession.OpenAsync(
                new(server.Url, server.UserName, server.Password, server.Thumbprint), TimeProvider.System, NullLoggerFactory.Instance, token, new() { PerSecond = 10_000 }),
            store, TimeProvider.System, NullLogger<InventorySync>.Instance);

        async Task<Cost> MeasureAsync(InventorySync one)
        {
            var (calls, selects, writes) = (Calls(), counter.Selects, counter.Writes);
            await one.SyncAsync(Cancel);
            return new Cost(Calls() - calls, counter.Selects - selects, counter.Writes - writes);
        }

        int Calls() => server.Faults.ApiCalls.Values.Sum();
    }

    private static void Change(SimulatorServer server, Estate estate, int from)
    {
        foreach (var vm in estate.Vms.Skip(from).Take(3).Select(v => v.Name))
        {
            server.Faults.SetPower(vm, "suspended");
        }
    }

    private sealed record Cost(int Calls, int Selects, int Writes);

    /// <summary>The product's own contexts with somebody who counts their commands.</summary>
    private sealed class Counted(IDbContextFactory<MigrateDb> inner, Counter counter) : IDbContextFactory<MigrateDb>
    {
        public MigrateDb CreateDbContext()
        {
            using var plain = inner.CreateDbContext();
            return new MigrateDb(new DbContextOptionsBuilder<MigrateDb>((DbContextOptions<MigrateDb>)plain.GetService<IDbContextOptions>()).AddInterceptors(counter).Options);
        }
    }

    private sealed class Counter : DbCommandInterceptor
    {
        private readonly ConcurrentBag<string> _texts = [];

        public int Selects => _texts.Count(text => text.StartsWith("SELECT", StringComparison.Ordinal));

        public int Writes => _texts.Count - Selects;

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
        {
            _texts.Add(command.CommandText.TrimStart());
            return new(result);
        }

        public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
        {
            _texts.Add(command.CommandText.TrimStart());
            return new(result);
        }
    }
}
