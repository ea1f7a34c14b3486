using System.Diagnostics;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.Tests.Persistence;

namespace Migrate.Planner.Tests.Inventory;

public class InventorySizeTests(PostgresCluster postgres, ITestOutputHelper output)
{
    private const int Vms = 10_000;

    /// <summary>Time is written down and not judged: other work shares the machine. Judged is what time follows from.</summary>
    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task Ten_thousand_VMs_take_few_commands(Provider provider)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using TestDatabase database = await TestDatabase.CreateAsync(provider, postgres);
        Guid source = await database.AddSourceAsync();
        var counter = new ReaderCounter();
        var builder = new DbContextOptionsBuilder<MigrateDb>();
        MigrateDatabase.Configure(builder, database.Options);
        var store = new InventoryStore(new Factory(builder.AddInterceptors(counter).Options), TimeProvider.System);
        IReadOnlyList<Vm> vms = [.. Enumerable.Range(0, Vms).Select(i => Estate.Vm($"vm-{i}", $"vm{i:00000}"))];

        await TimedAsync("first save", () => store.SaveAsync(source, Estate.Of(vms), token));
        long afterFirst = counter.Selects;
        InventoryVersion second = await TimedAsync("second, 100 changed and 1,000 moved", () => store.SaveAsync(source, Estate.Of([.. vms.Select((vm, i) =>
            i % 100 == 0 ? vm with { PowerState = "poweredOn" } : i % 10 == 1 ? vm with { HostKey = "host-2" } : vm)]), token));
        await TimedAsync("load", () => store.LoadAsync(source, 1, token));
        await TimedAsync("difference", () => store.DiffAsync(new DifferenceQuery { SourceId = source, From = 1, To = 2 }, token));
        await TimedAsync("page of 100", () => VmListTests.ListAsync(database, new VmQuery { SourceId = source, Search = "77", Sort = "capacity" }, store));

        second.Changed.ShouldBe(100);
        second.Added.ShouldBe(0);
        afterFirst.ShouldBeLessThan(10); // no question per row
        await using MigrateDb db = database.Factory.CreateDbContext();
        (await db.InventoryObjects.CountAsync(token)).ShouldBe(Vms + 5 + 100);
    }

    private async Task<T> TimedAsync<T>(string what, Func<Task<T>> work)
    {
        long started = Stopwatch.GetTimestamp();
        T result = await work();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {Stopwatch.GetElapsedTime(started).TotalSeconds:0.00} s"));
        return result;
    }

    private sealed class Factory(DbContextOptions<MigrateDb> options) : IDbContextFactory<MigrateDb>
    {
        public MigrateDb CreateDbContext() => new(options);
    }

    private sealed class ReaderCounter : DbCommandInterceptor
    {
        private long _selects;

        public long Selects => Interlocked.Read(ref _selects);

        public override ValueTask<InterceptionResult<System.Data.Common.DbDataReader>> ReaderExecutingAsync(
            System.Data.Common.DbCommand command, CommandEventData eventData, InterceptionResult<System.Data.Common.DbDataReader> result, CancellationToken cancellationToken = default)
        {
            if (command.CommandText.TrimStart().StartsWith("SELECT", StringComparison.OrdinalIgnoreCase))
            {
                Interlocked.Increment(ref _selects);
            }
            return new(result);
        }
    }
}
