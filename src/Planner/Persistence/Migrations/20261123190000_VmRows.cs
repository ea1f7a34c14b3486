using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Migrate.Planner.Persistence.Migrations;

/// <summary>The rest of what lists show of VMs goes into their narrow rows, so that no body is read for a list; and which plans have a VM is found without walking through all plans, and VMs of a plan by a part of their names without their rows.</summary>
[DbContext(typeof(MigrateDb))]
[Migration("20261123190000_VmRows")]
public sealed class VmRows : Migration
{
    private const string ByWave = "IX_plan_vms_PlanId_Wave_Position_Id";

    private const string FromSqlite = """
        UPDATE inventory_vms SET ("CpuCount", "MemoryBytes", "DiskCount") = (
            SELECT coalesce(json_extract("Body", '$.cpuCount'), 0), coalesce(json_extract("Body", '$.memoryBytes'), 0), coalesce(json_array_length("Body", '$.disks'), 0)
            FROM inventory_objects WHERE inventory_objects."Id" = inventory_vms."Id")
        WHERE EXISTS (SELECT 1 FROM inventory_objects WHERE inventory_objects."Id" = inventory_vms."Id")
        """;

    // OFFSET 0 keeps the subquery one: pulled up, its cast would be made again for each value.
    private const string FromPostgres = """
        UPDATE inventory_vms SET
            "CpuCount" = coalesce((parsed.body ->> 'cpuCount')::int, 0),
            "MemoryBytes" = coalesce((parsed.body ->> 'memoryBytes')::bigint, 0),
            "DiskCount" = coalesce(json_array_length(parsed.body -> 'disks'), 0)
        FROM (SELECT "Id", "Body"::json AS body FROM inventory_objects WHERE "Kind" = 'Vm' OFFSET 0) parsed WHERE parsed."Id" = inventory_vms."Id"
        """;

    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<int>("CpuCount", "inventory_vms", nullable: false, defaultValue: 0);
        migrationBuilder.AddColumn<long>("MemoryBytes", "inventory_vms", nullable: false, defaultValue: 0L);
        migrationBuilder.AddColumn<int>("DiskCount", "inventory_vms", nullable: false, defaultValue: 0);
        migrationBuilder.Sql(IsSqlite(migrationBuilder) ? FromSqlite : FromPostgres);
        migrationBuilder.DropIndex(ByWave, "plan_vms");
        migrationBuilder.CreateIndex(ByWave, "plan_vms", ["PlanId", "Wave", "Position", "Id", "CriticalCount", "WarningCount", "InformationCount", "VmName"]);
        migrationBuilder.CreateIndex("IX_runs_CreatedAt", "runs", ["CreatedAt", "Id"]);
        migrationBuilder.CreateIndex("IX_plan_vms_VmKey_PlanId", "plan_vms", ["VmKey", "PlanId", "Wave"]);
    }

    /// <summary>EF drops no column on SQLite; there they stay, unread, until their table goes. The way back to an older program is its backup.</summary>
    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DropIndex("IX_runs_CreatedAt", "runs");
        migrationBuilder.DropIndex("IX_plan_vms_VmKey_PlanId", "plan_vms");
        migrationBuilder.DropIndex(ByWave, "plan_vms");
        migrationBuilder.CreateIndex(ByWave, "plan_vms", ["PlanId", "Wave", "Position", "Id", "CriticalCount", "WarningCount", "InformationCount"]);
        if (!IsSqlite(migrationBuilder))
        {
            migrationBuilder.DropColumn("CpuCount", "inventory_vms");
            migrationBuilder.DropColumn("MemoryBytes", "inventory_vms");
            migrationBuilder.DropColumn("DiskCount", "inventory_vms");
        }
    }

    private static bool IsSqlite(MigrationBuilder migrationBuilder) => migrationBuilder.ActiveProvider!.EndsWith("Sqlite", StringComparison.Ordinal);
}
