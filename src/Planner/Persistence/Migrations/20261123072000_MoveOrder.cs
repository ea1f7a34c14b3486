using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Migrate.Planner.Persistence.Migrations;

/// <summary>What moves together and in which order, so that cutovers can wait for what they depend on.</summary>
[DbContext(typeof(MigrateDb))]
[Migration("20261123072000_MoveOrder")]
public sealed class MoveOrder : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<string>("MoveGroup", "plan_vms", nullable: true);
        migrationBuilder.AddColumn<int>("MoveTier", "plan_vms", nullable: true);
        migrationBuilder.AddColumn<string>("MoveAfter", "plan_vms", nullable: true);
        migrationBuilder.AddColumn<string>("Groups", "wave_versions", nullable: true);
    }

    /// <summary>EF drops no column on SQLite; there they stay, unread, until their table goes. The way back to an older program is its backup.</summary>
    protected override void Down(MigrationBuilder migrationBuilder)
    {
        if (!migrationBuilder.ActiveProvider!.EndsWith("Sqlite", StringComparison.Ordinal))
        {
            migrationBuilder.DropColumn("MoveGroup", "plan_vms");
            migrationBuilder.DropColumn("MoveTier", "plan_vms");
            migrationBuilder.DropColumn("MoveAfter", "plan_vms");
            migrationBuilder.DropColumn("Groups", "wave_versions");
        }
    }
}
