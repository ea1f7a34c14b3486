using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Migrate.Planner.Persistence.Migrations;

/// <summary>Work that takes longer than a call should.</summary>
[DbContext(typeof(MigrateDb))]
[Migration("20261123000000_Operations")]
public sealed class Operations : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("operations", columns: table => new
        {
            Id = table.Column<Guid>(nullable: false),
            Kind = table.Column<string>(nullable: false),
            Subject = table.Column<string>(nullable: false),
            State = table.Column<string>(nullable: false),
            StartedBy = table.Column<string>(nullable: false),
            CreatedAt = table.Column<DateTime>(nullable: false),
            StartedAt = table.Column<DateTime>(nullable: true),
            FinishedAt = table.Column<DateTime>(nullable: true),
            Result = table.Column<string>(nullable: true),
            Problem = table.Column<string>(nullable: true),
        }, constraints: table => table.PrimaryKey("PK_operations", x => x.Id));
        migrationBuilder.CreateIndex("IX_operations_CreatedAt_Id", "operations", ["CreatedAt", "Id"]);
        migrationBuilder.CreateIndex("IX_operations_Subject_CreatedAt", "operations", ["Subject", "CreatedAt"]);
    }

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropTable("operations");
}
