using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Migrate.Planner.Persistence.Migrations;

/// <summary>Indexes for runs by a part of their VM's name, which is looked for among VMs, and for what happened to runs lately.</summary>
[DbContext(typeof(MigrateDb))]
[Migration("20261122190000_FoundSooner")]
public sealed class FoundSooner : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateIndex("IX_plan_vms_VmName_Id", "plan_vms", ["VmName", "Id", "PlanId"]);
        migrationBuilder.CreateIndex("IX_runs_PlanVmId_CreatedAt", "runs", ["PlanVmId", "CreatedAt"]);
        migrationBuilder.CreateIndex("IX_runs_FinishedAt", "runs", ["FinishedAt"]);
        migrationBuilder.CreateIndex("IX_runs_ReadyAt", "runs", ["ReadyAt"]);
        migrationBuilder.CreateIndex("IX_run_disks_StalledSince", "run_disks", ["StalledSince"]);
        migrationBuilder.CreateIndex("IX_inventory_objects_SourceId_Kind_CapacityBytes", "inventory_objects", ["SourceId", "Kind", "CapacityBytes", "Key", "FromVersion", "ToVersion", "Id"]);
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DropIndex("IX_inventory_objects_SourceId_Kind_CapacityBytes", "inventory_objects");
        migrationBuilder.DropIndex("IX_run_disks_StalledSince", "run_disks");
        migrationBuilder.DropIndex("IX_runs_ReadyAt", "runs");
        migrationBuilder.DropIndex("IX_runs_FinishedAt", "runs");
        migrationBuilder.DropIndex("IX_runs_PlanVmId_CreatedAt", "runs");
        migrationBuilder.DropIndex("IX_plan_vms_VmName_Id", "plan_vms");
    }
}
