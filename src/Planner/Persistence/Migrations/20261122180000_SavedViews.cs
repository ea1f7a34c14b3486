using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Migrate.Planner.Persistence.Migrations;

/// <summary>Filters and orders of lists that people saved.</summary>
[DbContext(typeof(MigrateDb))]
[Migration("20261122180000_SavedViews")]
public sealed class SavedViews : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("saved_views", columns: table => new
        {
            Id = table.Column<Guid>(nullable: false),
            Owner = table.Column<string>(nullable: false),
            List = table.Column<string>(nullable: false),
            Name = table.Column<string>(nullable: false),
            Query = table.Column<string>(nullable: false),
            IsShared = table.Column<bool>(nullable: false),
            SavedAt = table.Column<DateTime>(nullable: false),
        }, constraints: table => table.PrimaryKey("PK_saved_views", x => x.Id));
        migrationBuilder.CreateIndex("IX_saved_views_Owner_List_Name", "saved_views", ["Owner", "List", "Name"], unique: true);
    }

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropTable("saved_views");
}
