using Migrate.Planner;
using Migrate.Planner.Persistence;
using Npgsql;

namespace Migrate.Api.Hosting;

/// <summary>
/// Keeps a second server from a PostgreSQL: each has a target of its own, and a run's disks are on one of them. PostgreSQL drops the lock when
/// the connection ends, however that comes.
/// </summary>
internal sealed class ServeLock : IAsyncDisposable
{
    private const long Key = 0x6d696772617465; // "migrate"
    private readonly NpgsqlConnection _connection;

    private ServeLock(NpgsqlConnection connection) => _connection = connection;

    /// <summary>Throws <c>serve.database-in-use</c>. The database must be there.</summary>
    public static async Task<ServeLock> TakeAsync(DatabaseOptions options, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(options.PostgresConnectionString) { Pooling = false, KeepAlive = 30 }.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = $"SELECT pg_try_advisory_lock({Key})";
            return (bool)(await command.ExecuteScalarAsync(cancellationToken))!
                ? new ServeLock(connection)
                : throw new MigrateException(
                    "serve.database-in-use", "Another 'migrate serve' uses this database, and the disks of its runs are on its own target.",
                    "Stop it first, or give this one a database of its own. To copy with more machines, start 'migrate worker' there.");
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
