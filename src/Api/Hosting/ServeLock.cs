using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Npgsql;

namespace Migrate.Api.Hosting;

/// <summary>
/// Keeps a second server from a PostgreSQL: each has a target of its own, and a run's disks are on one of them. PostgreSQL drops the lock when
/// the connection ends, however that comes; it is then taken again, and <see cref="Lost"/> says when another server was faster.
/// </summary>
internal sealed partial class ServeLock : IAsyncDisposable
{
    /// <summary>"migrate"</summary>
    internal const long Key = 0x6d696772617465;

    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);

    private readonly DatabaseOptions _options;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _released = new();
    private readonly CancellationTokenSource _lost = new();
    private readonly Task _keeping;

    private ServeLock(NpgsqlConnection connection, DatabaseOptions options, ILogger log)
    {
        (_options, _log) = (options, log);
        _keeping = Task.Run(() => KeepAsync(connection));
    }

    /// <summary>Cancelled when another server has the database: this one must not go on.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>Throws <c>serve.database-in-use</c>. Makes the database when it is not there yet, since a lock is in one.</summary>
    public static async Task<ServeLock> TakeAsync(DatabaseOptions options, ILogger? log, CancellationToken cancellationToken)
    {
        await MakeDatabaseAsync(options, cancellationToken);
        return new ServeLock(
            await TryTakeAsync(options, cancellationToken) ?? throw new MigrateException(
                "serve.database-in-use", "Another 'migrate serve' uses this database, and the disks of its runs are on its own target.",
                "Stop it first, or give this one a database of its own. To copy with more machines, start 'migrate worker' there."),
            options,
            log ?? NullLogger.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await _released.CancelAsync();
        await _keeping;
        _released.Dispose();
        _lost.Dispose();
    }

    /// <summary>A connection that holds the lock; null when another has it.</summary>
    private static async Task<NpgsqlConnection?> TryTakeAsync(DatabaseOptions options, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(options.PostgresConnectionString) { Pooling = false, KeepAlive = 10 }.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            await using var command = new NpgsqlCommand($"SELECT pg_try_advisory_lock({Key})", connection);
            if ((bool)(await command.ExecuteScalarAsync(cancellationToken))!)
            {
                return connection;
            }
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }

        await connection.DisposeAsync();
        return null;
    }

    private static async Task MakeDatabaseAsync(DatabaseOptions options, CancellationToken cancellationToken)
    {
        var wanted = new NpgsqlConnectionStringBuilder(options.PostgresConnectionString) { Pooling = false };
        try
        {
            await using var there = new NpgsqlConnection(wanted.ConnectionString);
            await there.OpenAsync(cancellationToken);
            return;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            // Made below.
        }

        var name = wanted.Database!.Replace("\"", "\"\"", StringComparison.Ordinal);
        wanted.Database = "postgres";
        await using var maintenance = new NpgsqlConnection(wanted.ConnectionString);
        await maintenance.OpenAsync(cancellationToken);
        await using var create = new NpgsqlCommand($"CREATE DATABASE \"{name}\"", maintenance);
        try
        {
            await create.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // Another one that starts now was faster; who of the two goes on is decided by the lock.
        }
    }

    private async Task KeepAsync(NpgsqlConnection? connection)
    {
        try
        {
            while (connection is not null)
            {
                await WaitForItsEndAsync(connection);
                LogLost(_log);
                connection = await RetakeAsync();
            }

            LogTaken(_log);
            await _lost.CancelAsync();
        }
        catch (OperationCanceledException)
        {
            // Released.
        }
        finally
        {
            await (connection?.DisposeAsync() ?? default);
        }
    }

    /// <summary>Nothing is ever sent to it: the wait ends when the connection does.</summary>
    private async Task WaitForItsEndAsync(NpgsqlConnection connection)
    {
        try
        {
            while (true)
            {
                await connection.WaitAsync(_released.Token);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            await connection.DisposeAsync();
        }
    }

    /// <summary>As soon as the database is back; null when another server has it by then.</summary>
    private async Task<NpgsqlConnection?> RetakeAsync()
    {
        while (true)
        {
            await Task.Delay(BetweenTries, _released.Token);
            try
            {
                var connection = await TryTakeAsync(_options, _released.Token);
                if (connection is not null)
                {
                    LogRetaken(_log);
                }

                return connection;
            }
            catch (Exception e) when (DatabaseTrouble.Is(e) || e is System.Net.Sockets.SocketException or IOException)
            {
                // Not back yet; nothing can be done without it, by nobody.
            }
        }
    }

    [LoggerMessage(611, LogLevel.Warning, "The connection that keeps other servers from the database has ended; it is made again")]
    private static partial void LogLost(ILogger logger);

    [LoggerMessage(612, LogLevel.Information, "This server has the database to itself again")]
    private static partial void LogRetaken(ILogger logger);

    [LoggerMessage(613, LogLevel.Critical, "Another 'migrate serve' has taken the database while this one was cut off from it: this one stops. Its runs' disks are on its own target; stop the other one and start this one again")]
    private static partial void LogTaken(ILogger logger);
}
