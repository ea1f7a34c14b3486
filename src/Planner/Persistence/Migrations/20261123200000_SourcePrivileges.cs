using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Migrate.Planner.Persistence.Migrations;

/// <summary>What a source's account lacks is kept, with when it was asked: nobody has to ask the source to see it.</summary>
[DbContext(typeof(MigrateDb))]
[Migration("20261123200000_SourcePrivileges")]
public sealed class SourcePrivileges : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<string>("Privileges", "sources", nullable: true);
        migrationBuilder.AddColumn<DateTime>("PrivilegesAt", "sources", nullable: true);
    }

    /// <summary>EF drops no column on SQLite; there they stay, unread, until their table goes. The way back to an older program is its backup.</summary>
    protected override void Down(MigrationBuilder migrationBuilder)
    {
        if (!migrationBuilder.ActiveProvider!.EndsWith("Sqlite", StringComparison.Ordinal))
        {
            migrationBuilder.DropColumn("Privileges", "sources");
            migrationBuilder.DropColumn("PrivilegesAt", "sources");
        }
    }
}
