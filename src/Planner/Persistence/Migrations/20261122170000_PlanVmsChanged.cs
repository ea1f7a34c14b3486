using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Migrate.Planner.Persistence.Migrations;

/// <summary>When VMs came into a plan or were taken out, so that waves that were planned before are known to be older.</summary>
[DbContext(typeof(MigrateDb))]
[Migration("20261122170000_PlanVmsChanged")]
public sealed class PlanVmsChanged : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.AddColumn<DateTime>("VmsChangedAt", "plans", nullable: true);

    /// <summary>EF drops no column on SQLite; there it stays, empty, until its table goes. The way back to an older program is its backup.</summary>
    protected override void Down(MigrationBuilder migrationBuilder)
    {
        if (!migrationBuilder.ActiveProvider!.EndsWith("Sqlite", StringComparison.Ordinal))
        {
            migrationBuilder.DropColumn("VmsChangedAt", "plans");
        }
    }
}
