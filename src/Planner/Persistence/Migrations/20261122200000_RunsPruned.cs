using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Migrate.Planner.Persistence.Migrations;

/// <summary>When the particulars of a run that is over were deleted.</summary>
[DbContext(typeof(MigrateDb))]
[Migration("20261122200000_RunsPruned")]
public sealed class RunsPruned : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.AddColumn<DateTime>("PrunedAt", "runs", nullable: true);

    /// <summary>EF drops no column on SQLite; there it stays, empty, until its table goes. The way back to an older program is its backup.</summary>
    protected override void Down(MigrationBuilder migrationBuilder)
    {
        if (!migrationBuilder.ActiveProvider!.EndsWith("Sqlite", StringComparison.Ordinal))
        {
            migrationBuilder.DropColumn("PrunedAt", "runs");
        }
    }
}
