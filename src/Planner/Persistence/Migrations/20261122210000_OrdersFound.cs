using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Migrate.Planner.Persistence.Migrations;

/// <summary>Indexes for runs in the order of their VMs and waves, and for VMs in that of their hosts.</summary>
[DbContext(typeof(MigrateDb))]
[Migration("20261122210000_OrdersFound")]
public sealed class OrdersFound : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateIndex("IX_runs_VmName_Id", "runs", ["VmName", "Id", "Phase", "PlanId", "Wave"]);
        migrationBuilder.CreateIndex("IX_runs_Wave_VmName_Id", "runs", ["Wave", "VmName", "Id", "Phase", "PlanId"]);
        migrationBuilder.CreateIndex("IX_inventory_objects_SourceId_Kind_HostKey", "inventory_objects", ["SourceId", "Kind", "HostKey", "Key", "FromVersion", "ToVersion", "Id"]);
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DropIndex("IX_inventory_objects_SourceId_Kind_HostKey", "inventory_objects");
        migrationBuilder.DropIndex("IX_runs_Wave_VmName_Id", "runs");
        migrationBuilder.DropIndex("IX_runs_VmName_Id", "runs");
    }
}
