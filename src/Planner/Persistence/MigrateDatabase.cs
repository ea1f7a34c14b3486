using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Migrate.Planner.Persistence;

/// <summary>Chooses the database, and brings its schema up to this program's before anything else touches it.</summary>
public sealed partial class MigrateDatabase(
    IDbContextFactory<MigrateDb> factory, DatabaseOptions options, TimeProvider time, ILogger<MigrateDatabase> log)
{
    /// <summary>Points a context at the database of <paramref name="options"/>.</summary>
    public static void Configure(DbContextOptionsBuilder builder, DatabaseOptions options) => throw new NotImplementedException();

    /// <summary>A factory without a service container, for tools and tests.</summary>
    public static IDbContextFactory<MigrateDb> CreateFactory(DatabaseOptions options) => throw new NotImplementedException();

    /// <summary>Migrates the schema under the file lock; returns at once when nothing is pending.</summary>
    public Task MigrateAsync(CancellationToken cancellationToken) => throw new NotImplementedException($"{factory} {options} {time} {log}");
}
