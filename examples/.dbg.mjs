import { startHouse } from '../actors/worc/dist/house.js'
import { Thread } from '../actors/worc/dist/thread.js'
setInterval(()=>{},1000)
setTimeout(()=>process.exit(1),4000)
process.on('unhandledRejection', e=>console.log('UNH', e))
const h = await startHouse({inline: true}); console.log('house');
const t = await Thread.join(h.clientPort()); console.log('joined')
