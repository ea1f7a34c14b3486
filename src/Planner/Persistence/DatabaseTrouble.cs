using System.Data.Common;
using Microsoft.EntityFrameworkCore;

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
}
