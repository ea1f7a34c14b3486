namespace Migrate.Planner.Persistence;

/// <summary>Where the product's tables live: a SQLite file of this process, or a PostgreSQL that several processes share.</summary>
public sealed record DatabaseOptions
{
    /// <summary>Path of the SQLite file; used when <see cref="PostgresConnectionString"/> is null.</summary>
    public string? SqlitePath { get; init; }

    /// <summary>Npgsql connection string. May hold a password: never logged.</summary>
    public string? PostgresConnectionString { get; init; }

    /// <summary>How long a start waits for another process that is migrating the same SQLite file.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(60);

    public static DatabaseOptions Sqlite(string path) => new() { SqlitePath = path };

    public static DatabaseOptions Postgres(string connectionString) => new() { PostgresConnectionString = connectionString };

    /// <summary>The place without its secrets, for messages.</summary>
    public override string ToString() => PostgresConnectionString is null ? $"SQLite {SqlitePath}" : "PostgreSQL";
}
