using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Migrate.Planner.Persistence.Migrations;

/// <summary>The trace that a run's steps belong to.</summary>
[DbContext(typeof(MigrateDb))]
[Migration("20261122150000_RunTrace")]
public sealed class RunTrace : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.AddColumn<string>("TraceParent", "runs", nullable: true);

    /// <summary>EF drops no column on SQLite; there it stays, empty, until its table goes. The way back to an older program is its backup.</summary>
    protected override void Down(MigrationBuilder migrationBuilder)
    {
        if (!migrationBuilder.ActiveProvider!.EndsWith("Sqlite", StringComparison.Ordinal))
        {
            migrationBuilder.DropColumn("TraceParent", "runs");
        }
    }
}
