using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Migrate.Planner.Persistence.Migrations;

/// <summary>Indexes that hold all that lists filter, order and count by, so that a page of a long one reads no other rows than its own.</summary>
[DbContext(typeof(MigrateDb))]
[Migration("20261122160000_LongLists")]
public sealed class LongLists : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateIndex("IX_runs_CreatedAt_Id", "runs", ["CreatedAt", "Id", "Phase", "VmName", "PlanId", "Wave"]);
        migrationBuilder.CreateIndex("IX_runs_DueAt_Id", "runs", ["DueAt", "Id", "Phase", "Request", "ResumePhase", "LeaseOwner", "LeaseExpiresAt", "VmName", "PlanId"]);
        migrationBuilder.CreateIndex("IX_runs_LeaseExpiresAt_LeaseOwner", "runs", ["LeaseExpiresAt", "LeaseOwner"]);
        migrationBuilder.CreateIndex("IX_runs_Phase_CreatedAt_Id", "runs", ["Phase", "CreatedAt", "Id"]);
        migrationBuilder.CreateIndex(
            "IX_inventory_objects_SourceId_Kind_Name", "inventory_objects",
            ["SourceId", "Kind", "Name", "Key", "FromVersion", "ToVersion", "PowerState", "Folder", "HostKey", "CapacityBytes", "Id"]);
        migrationBuilder.DropIndex("IX_plan_vms_PlanId_Wave", "plan_vms");
        migrationBuilder.CreateIndex(
            "IX_plan_vms_PlanId_Wave_Position_Id", "plan_vms", ["PlanId", "Wave", "Position", "Id", "CriticalCount", "WarningCount", "InformationCount"]);
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DropIndex("IX_plan_vms_PlanId_Wave_Position_Id", "plan_vms");
        migrationBuilder.CreateIndex("IX_plan_vms_PlanId_Wave", "plan_vms", ["PlanId", "Wave"]);
        migrationBuilder.DropIndex("IX_inventory_objects_SourceId_Kind_Name", "inventory_objects");
        migrationBuilder.DropIndex("IX_runs_Phase_CreatedAt_Id", "runs");
        migrationBuilder.DropIndex("IX_runs_LeaseExpiresAt_LeaseOwner", "runs");
        migrationBuilder.DropIndex("IX_runs_DueAt_Id", "runs");
        migrationBuilder.DropIndex("IX_runs_CreatedAt_Id", "runs");
    }
}
