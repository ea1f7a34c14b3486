using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Migrate.Planner.Persistence;

/// <summary>Tells trouble with the database from defects.</summary>
public static class DatabaseTrouble
{
    /// <summary>
    /// Whether the database could not do what it was asked, in any of the wrappings it comes in: Npgsql's execution strategy puts what may
    /// pass by itself (a server that restarts, a lost connection) into an InvalidOperationException.
    /// </summary>
    public static bool Is(Exception exception) => exception switch
    {
        DbException or DbUpdateException => true,
        InvalidOperationException or TimeoutException => exception.InnerException is { } inner && Is(inner),
        _ => false,
    };

    // SQLite's primary result codes, https://www.sqlite.org/rescode.html.
    private const int SqliteBusy = 5;
    private const int SqliteLocked = 6;
    private const int SqliteIoError = 10;
    private const int SqliteFull = 13;

    /// <summary>
    /// Classes of SQLSTATE: connection, rolled back, out of resources, lock not available, what an operator who ends or starts the server
    /// causes, and errors of its machine. https://www.postgresql.org/docs/current/errcodes-appendix.html
    /// </summary>
    private static readonly string[] PassingStates = ["08", "40", "53", "55P03", "57P", "58"];

    /// <summary>Whether it may pass by itself: a server that restarts or is full, a lost connection, a lock that somebody else holds.</summary>
    public static bool Passes(Exception exception) => Innermost(exception) switch
    {
        PostgresException e => e.IsTransient || PassingStates.Any(x => e.SqlState.StartsWith(x, StringComparison.Ordinal)),
        NpgsqlException => true, // What the server did not say itself is about the way to it.
        SqliteException e => e.SqliteErrorCode is SqliteBusy or SqliteLocked or SqliteIoError or SqliteFull,
        _ => false,
    };

    /// <summary>Whether a transaction was taken back because another one was faster, or waited for it: what it had read is not so any more.</summary>
    public static bool IsLostRace(Exception exception) => Innermost(exception) is PostgresException { SqlState: "40001" or "40P01" };

    /// <summary>What the database itself said, without the wrappings. Has neither a connection string nor a row in it.</summary>
    public static string Says(Exception exception) => Innermost(exception) switch
    {
        PostgresException e => $"{e.MessageText} ({e.SqlState})",
        { } e => e.Message,
        null => "it did not answer in time",
    };

    private static DbException? Innermost(Exception exception)
    {
        DbException? found = null;
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            found = e as DbException ?? found;
        }

        return found;
    }
}
