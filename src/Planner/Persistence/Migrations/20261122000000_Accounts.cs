using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Migrate.Planner.Persistence.Migrations;

/// <summary>Accounts, keys and the audit log.</summary>
[DbContext(typeof(MigrateDb))]
[Migration("20261122000000_Accounts")]
public sealed class Accounts : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("users", columns: table => new
        {
            Id = table.Column<Guid>(nullable: false),
            Name = table.Column<string>(nullable: false),
            Role = table.Column<string>(nullable: false),
            PasswordHash = table.Column<string>(nullable: false),
            Stamp = table.Column<string>(nullable: false),
            CreatedAt = table.Column<DateTime>(nullable: false),
            CreatedBy = table.Column<string>(nullable: false),
            DisabledAt = table.Column<DateTime>(nullable: true),
            SeenAt = table.Column<DateTime>(nullable: true),
        }, constraints: table => table.PrimaryKey("PK_users", x => x.Id));
        migrationBuilder.CreateIndex("IX_users_Name", "users", "Name", unique: true);
        migrationBuilder.CreateTable("api_keys", columns: table => new
        {
            Id = table.Column<string>(nullable: false),
            Name = table.Column<string>(nullable: false),
            Role = table.Column<string>(nullable: false),
            Areas = table.Column<string>(nullable: false),
            SecretHash = table.Column<string>(nullable: false),
            CreatedAt = table.Column<DateTime>(nullable: false),
            CreatedBy = table.Column<string>(nullable: false),
            ExpiresAt = table.Column<DateTime>(nullable: false),
            RevokedAt = table.Column<DateTime>(nullable: true),
            RevokedBy = table.Column<string>(nullable: true),
            SeenAt = table.Column<DateTime>(nullable: true),
        }, constraints: table => table.PrimaryKey("PK_api_keys", x => x.Id));
        migrationBuilder.CreateIndex("IX_api_keys_CreatedAt", "api_keys", "CreatedAt");
        migrationBuilder.CreateTable("audit", columns: table => new
        {
            Sequence = table.Column<long>(nullable: false),
            At = table.Column<DateTime>(nullable: false),
            Kind = table.Column<string>(nullable: false),
            AskedAs = table.Column<long>(nullable: true),
            Who = table.Column<string>(nullable: false),
            Through = table.Column<string>(nullable: false),
            CameFrom = table.Column<string>(nullable: false),
            Action = table.Column<string>(nullable: false),
            Target = table.Column<string>(nullable: false),
            Outcome = table.Column<string>(nullable: false),
            Reason = table.Column<string>(nullable: false),
            TraceId = table.Column<string>(nullable: false),
            Hash = table.Column<string>(nullable: false),
            Signature = table.Column<string>(nullable: false),
        }, constraints: table => table.PrimaryKey("PK_audit", x => x.Sequence));
        migrationBuilder.CreateIndex("IX_audit_Who_Sequence", "audit", ["Who", "Sequence"]);
        migrationBuilder.CreateIndex("IX_audit_Action_Sequence", "audit", ["Action", "Sequence"]);
        migrationBuilder.CreateIndex("IX_audit_Target_Sequence", "audit", ["Target", "Sequence"]);
        migrationBuilder.CreateIndex("IX_audit_AskedAs", "audit", "AskedAs");
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DropTable("audit");
        migrationBuilder.DropTable("api_keys");
        migrationBuilder.DropTable("users");
    }
}
