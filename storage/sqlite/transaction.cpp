#include "storage/sqlite/transaction.hpp"

#include "storage/sqlite/failure.hpp"

#include <sqlite3.h>

namespace duplid::sqlite {

Transaction::Transaction(Database& database) : database_{database}
{
    database_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction()
{
    // Some errors (a full disk) have rolled back by themselves. A failing rollback is made good by
    // the next opening of the file.
    if (open_ && database_.in_transaction()) {
        sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

void Transaction::commit()
{
    database_.execute("COMMIT");
    open_ = false;
}

ReadTransaction::ReadTransaction(Database& database) : database_{database}
{
    database_.execute("BEGIN");
}

ReadTransaction::~ReadTransaction()
{
    // Nothing was changed, so a failure costs nothing. Cursors may still be open.
    if (database_.in_transaction()) {
        sqlite3_exec(database_.handle(), "COMMIT", nullptr, nullptr, nullptr);
    }
}

}  // namespace duplid::sqlite
