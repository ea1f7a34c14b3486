using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Migrate.Planner.Persistence.Migrations;

/// <summary>The outbox of messages.</summary>
[DbContext(typeof(MigrateDb))]
[Migration("20261122000100_Notifications")]
public sealed class Notifications : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("notifications", columns: table => new
        {
            Id = table.Column<Guid>(nullable: false),
            Key = table.Column<string>(nullable: false),
            Event = table.Column<string>(nullable: false),
            RunId = table.Column<Guid>(nullable: true),
            Receiver = table.Column<string>(nullable: false),
            Subject = table.Column<string>(nullable: false),
            Body = table.Column<string>(nullable: false),
            CreatedAt = table.Column<DateTime>(nullable: false),
            Attempts = table.Column<int>(nullable: false),
            DueAt = table.Column<DateTime>(nullable: true),
            SentAt = table.Column<DateTime>(nullable: true),
            Error = table.Column<string>(nullable: true),
        }, constraints: table => table.PrimaryKey("PK_notifications", x => x.Id));
        migrationBuilder.CreateIndex("IX_notifications_Key", "notifications", "Key", unique: true);
        migrationBuilder.CreateIndex("IX_notifications_DueAt", "notifications", "DueAt");
    }

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropTable("notifications");
}
