namespace Migrate.Tests.Machine;

/// <summary>
/// Where a test keeps its rows when it wants no database in particular: in SQLite, or with MIGRATE_TEST_DATABASE=postgresql in PostgreSQL. Every test
/// passes on both.
/// </summary>
public static class ChosenDatabase
{
    public const string Variable = "MIGRATE_TEST_DATABASE";

    public static bool IsPostgres { get; } = Environment.GetEnvironmentVariable(Variable) switch
    {
        null or "" or "sqlite" => false,
        "postgresql" => true,
        var other => throw new InvalidOperationException($"{Variable} is \"{other}\": say sqlite or postgresql."),
    };

    /// <summary>A connection string with a name that no database has yet; null for SQLite.</summary>
    public static async Task<string?> NewAsync(CancellationToken cancellationToken)
    {
        var test = TestContext.Current.TestCase ?? TestContext.Current.Test?.TestCase;
        if (test is null || !test.Traits.TryGetValue(UsesDatabaseAttribute.Trait, out var values) || !values.Contains(UsesDatabaseAttribute.Value))
        {
            throw new InvalidOperationException($"Put [UsesDatabase] on {test?.TestClassName ?? "the test's class"}: else its tests are left out where those of the other database run.");
        }

        return IsPostgres ? await (await TestContext.Current.GetFixture<PostgresCluster>())!.NewDatabaseAsync(cancellationToken) : null;
    }
}
