using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Migrate.Planner.Persistence;
using Migrate.Planner.Persistence.Migrations;

namespace Migrate.Planner.Tests.Persistence;

/// <summary>The migrations are written by hand, so the databases themselves are asked whether they say what the model says.</summary>
public class SchemaTests(PostgresCluster postgres)
{
    private const string SqliteSchema = """
        SELECT 'column ' || m.name || '.' || c.name, c.cid || ' ' || c.type || ' ' || c."notnull" || ' ' || coalesce(c.dflt_value, '') || ' ' || c.pk || ' ' || (instr(m.sql, 'AUTOINCREMENT') > 0)
        FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE '\_\_EF%' ESCAPE '\'
        UNION ALL SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name NOT LIKE '\_\_EF%' ESCAPE '\' ORDER BY 1
        """;

    private const string PostgresSchema = """
        SELECT 'column ' || table_name || '.' || column_name,
               concat_ws(' ', data_type, is_nullable, is_identity, identity_generation, column_default, ordinal_position)
        FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\_\_EF%'
        UNION ALL SELECT 'index ' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE '\_\_EF%'
        UNION ALL SELECT 'constraint ' || conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE '%\_\_EF%'
        ORDER BY 1
        """;

    [Theory]
    [InlineData(Provider.Sqlite)]
    [InlineData(Provider.Postgres)]
    public async Task Migrations_make_the_schema_that_the_model_asks_for(Provider provider)
    {
        await using TestDatabase migrated = await TestDatabase.CreateAsync(provider, postgres);
        await using TestDatabase asked = await TestDatabase.EmptyAsync(provider, postgres);
        await using (MigrateDb db = asked.Factory.CreateDbContext())
        {
            await db.Database.EnsureCreatedAsync(TestContext.Current.CancellationToken);
        }

        IReadOnlyList<string> made = await SchemaAsync(migrated, provider);

        made.Count.ShouldBeGreaterThan(20);
        made.ShouldBe(await SchemaAsync(asked, provider));
    }

    [Theory]
    [InlineData(Provider.Sqlite)]
    [InlineData(Provider.Postgres)]
    public async Task The_snapshot_equals_the_model(Provider provider)
    {
        await using TestDatabase database = await TestDatabase.EmptyAsync(provider, postgres);
        await using MigrateDb db = database.Factory.CreateDbContext();
        IModel snapshot = new MigrateDbModelSnapshot().Model;
        if (snapshot is IMutableModel mutable)
        {
            snapshot = mutable.FinalizeModel();
        }
        snapshot = db.GetService<IModelRuntimeInitializer>().Initialize(snapshot);

        var differences = db.GetService<IMigrationsModelDiffer>()
            .GetDifferences(snapshot.GetRelationalModel(), db.GetService<IDesignTimeModel>().Model.GetRelationalModel());

        differences.Select(operation => operation.ToString()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(Provider.Sqlite)]
    [InlineData(Provider.Postgres)]
    public async Task A_migrated_database_can_be_taken_down_again(Provider provider)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(provider, postgres);
        await using (MigrateDb db = database.Factory.CreateDbContext())
        {
            await db.GetService<IMigrator>().MigrateAsync(Migration.InitialDatabase, TestContext.Current.CancellationToken);
        }

        (await SchemaAsync(database, provider)).ShouldNotContain(line => line.Contains("sources"));
    }

    private static async Task<IReadOnlyList<string>> SchemaAsync(TestDatabase database, Provider provider)
    {
        await using MigrateDb db = database.Factory.CreateDbContext();
        await db.Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using DbCommand command = db.Database.GetDbConnection().CreateCommand();
        command.CommandText = provider == Provider.Sqlite ? SqliteSchema : PostgresSchema;
        await using DbDataReader reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var lines = new List<string>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            lines.Add($"{reader.GetString(0)}: {reader.GetString(1)}");
        }
        return lines;
    }
}
