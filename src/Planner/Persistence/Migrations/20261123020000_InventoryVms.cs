using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Migrate.Planner.Persistence.Migrations;

/// <summary>
/// A narrow row for each VM of an inventory, which lists filter and sort by; made here of the bodies that are there. What rules and baselines say of them is
/// written by the server that starts afterwards, as after each synchronisation.
/// </summary>
[DbContext(typeof(MigrateDb))]
[Migration("20261123020000_InventoryVms")]
public sealed class InventoryVms : Migration
{
    private const string FromSqlite = """
        INSERT INTO inventory_vms ("Id", "SourceId", "Key", "Name", "FromVersion", "ToVersion", "PowerState", "HostKey", "Folder", "Datacenter", "Guest", "Datastores", "CapacityBytes", "UsedBytes", "ChangeBytesPerSecond", "Worst", "CriticalCount", "WarningCount", "InformationCount", "ConcernIds")
        SELECT "Id", "SourceId", "Key", "Name", "FromVersion", "ToVersion", coalesce("PowerState", ''), "HostKey", coalesce("Folder", ''),
               coalesce(json_extract("Body", '$.datacenter'), ''), coalesce(json_extract("Body", '$.guestFullName'), ''),
               coalesce((SELECT char(10) || group_concat(value, char(10)) || char(10) FROM json_each("Body", '$.datastoreKeys')), ''), "CapacityBytes",
               CASE WHEN json_extract("Body", '$.storage.committedBytes') > 0 THEN json_extract("Body", '$.storage.committedBytes')
                    ELSE coalesce((SELECT sum(json_extract(value, '$.committedBytes')) FROM json_each("Body", '$.disks')), -1) END,
               -1, -1, 0, 0, 0, ''
        FROM inventory_objects WHERE "Kind" = 'Vm'
        """;

    // OFFSET 0 keeps the subquery one: pulled up, its cast would be made again for each value.
    private const string FromPostgres = """
        INSERT INTO inventory_vms ("Id", "SourceId", "Key", "Name", "FromVersion", "ToVersion", "PowerState", "HostKey", "Folder", "Datacenter", "Guest", "Datastores", "CapacityBytes", "UsedBytes", "ChangeBytesPerSecond", "Worst", "CriticalCount", "WarningCount", "InformationCount", "ConcernIds")
        SELECT "Id", "SourceId", "Key", "Name", "FromVersion", "ToVersion", coalesce("PowerState", ''), "HostKey", coalesce("Folder", ''),
               coalesce(parsed.body ->> 'datacenter', ''), coalesce(parsed.body ->> 'guestFullName', ''),
               coalesce((SELECT chr(10) || string_agg(each.value, chr(10)) || chr(10) FROM json_array_elements_text(coalesce(parsed.body -> 'datastoreKeys', '[]')) each), ''), "CapacityBytes",
               CASE WHEN (parsed.body #>> '{storage,committedBytes}')::bigint > 0 THEN (parsed.body #>> '{storage,committedBytes}')::bigint
                    ELSE coalesce((SELECT sum((each.value ->> 'committedBytes')::bigint) FROM json_array_elements(coalesce(parsed.body -> 'disks', '[]')) each)::bigint, -1) END,
               -1, -1, 0, 0, 0, ''
        FROM inventory_objects CROSS JOIN LATERAL (SELECT "Body"::json AS body OFFSET 0) parsed WHERE "Kind" = 'Vm'
        """;

    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("inventory_vms", columns: table => new
        {
            Id = table.Column<long>(nullable: false),
            SourceId = table.Column<Guid>(nullable: false),
            Key = table.Column<string>(nullable: false),
            Name = table.Column<string>(nullable: false),
            FromVersion = table.Column<int>(nullable: false),
            ToVersion = table.Column<int>(nullable: true),
            PowerState = table.Column<string>(nullable: false),
            HostKey = table.Column<string>(nullable: true),
            Folder = table.Column<string>(nullable: false),
            Datacenter = table.Column<string>(nullable: false),
            Guest = table.Column<string>(nullable: false),
            Datastores = table.Column<string>(nullable: false),
            CapacityBytes = table.Column<long>(nullable: false),
            UsedBytes = table.Column<long>(nullable: false),
            ChangeBytesPerSecond = table.Column<long>(nullable: false),
            ChangeOrigin = table.Column<string>(nullable: true),
            Worst = table.Column<int>(nullable: false),
            CriticalCount = table.Column<int>(nullable: false),
            WarningCount = table.Column<int>(nullable: false),
            InformationCount = table.Column<int>(nullable: false),
            ConcernIds = table.Column<string>(nullable: false),
        }, constraints: table => table.PrimaryKey("PK_inventory_vms", x => x.Id));
        // Rows before indexes: a finished table is sorted once for each.
        migrationBuilder.Sql(IsSqlite(migrationBuilder) ? FromSqlite : FromPostgres);
        foreach (string by in (string[])["Name", "PowerState", "Folder", "Datacenter", "Guest", "CapacityBytes", "UsedBytes", "ChangeBytesPerSecond", "Worst"])
        {
            migrationBuilder.CreateIndex($"IX_inventory_vms_SourceId_{by}_Key", "inventory_vms", ["SourceId", by, "Key"]);
        }
        migrationBuilder.CreateIndex("IX_inventory_vms_SourceId_HostKey_Key", "inventory_vms", ["SourceId", "HostKey", "Key", "FromVersion", "ToVersion"]);
        migrationBuilder.AddColumn<DateTime>("JudgedAt", "inventory_versions", nullable: true);
        // Lists look at the narrow rows now.
        migrationBuilder.DropIndex("IX_inventory_objects_SourceId_Kind_HostKey", "inventory_objects");
        migrationBuilder.DropIndex("IX_inventory_objects_SourceId_Kind_CapacityBytes", "inventory_objects");
    }

    /// <summary>EF drops no column on SQLite; there it stays, empty, until its table goes. The way back to an older program is its backup.</summary>
    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateIndex("IX_inventory_objects_SourceId_Kind_CapacityBytes", "inventory_objects", ["SourceId", "Kind", "CapacityBytes", "Key", "FromVersion", "ToVersion", "Id"]);
        migrationBuilder.CreateIndex("IX_inventory_objects_SourceId_Kind_HostKey", "inventory_objects", ["SourceId", "Kind", "HostKey", "Key", "FromVersion", "ToVersion", "Id"]);
        if (!IsSqlite(migrationBuilder))
        {
            migrationBuilder.DropColumn("JudgedAt", "inventory_versions");
        }
        migrationBuilder.DropTable("inventory_vms");
    }

    private static bool IsSqlite(MigrationBuilder migrationBuilder) => migrationBuilder.ActiveProvider!.EndsWith("Sqlite", StringComparison.Ordinal);
}
