using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Migrate.Planner.Persistence.Migrations;

/// <summary>Calls with an Idempotency-Key.</summary>
[DbContext(typeof(MigrateDb))]
[Migration("20261122120000_AnsweredCalls")]
public sealed class AnsweredCalls : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("answered_calls", columns: table => new
        {
            Account = table.Column<string>(nullable: false),
            Key = table.Column<string>(nullable: false),
            Call = table.Column<string>(nullable: false),
            AskedAt = table.Column<DateTime>(nullable: false),
            Status = table.Column<int>(nullable: true),
            ContentType = table.Column<string>(nullable: true),
            Location = table.Column<string>(nullable: true),
            Body = table.Column<string>(nullable: true),
        }, constraints: table => table.PrimaryKey("PK_answered_calls", x => new { x.Account, x.Key }));
        migrationBuilder.CreateIndex("IX_answered_calls_AskedAt", "answered_calls", "AskedAt");
    }

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropTable("answered_calls");
}
